"""The voice department: the screenplay spoken, and when each word is heard."""

import dagster as dg

from vidfactory.assets.common import deliver, studio_asset, workspace
from vidfactory.drawing.preview import image_markdown
from vidfactory.drawing.waveform import draw_waveform
from vidfactory.planning.timing import pauses_between, timed_words, words_as_markdown
from vidfactory.ports import Narrator
from vidfactory.rendering.audio import encode_mp3
from vidfactory.rendering.meter import integrated_lufs
from vidfactory.rendering.treatment import treat
from vidfactory.schema.base import Media, Samples, Size, samples_to_seconds
from vidfactory.schema.screenplay import Screenplay
from vidfactory.schema.speech import Narration, Timestamps
from vidfactory.storage.studio import Studio
from vidfactory.themes import load_theme

WAVEFORM = Size(width=960, height=180)


@studio_asset(group_name="voice", kinds={"audio"}, code_version="1")
def narration(
    context: dg.AssetExecutionContext,
    screenplay: Screenplay,
    narrator: dg.ResourceParam[Narrator],
    studio: dg.ResourceParam[Studio],
) -> dg.Output[Narration]:
    """The spoken screenplay, treated, with the word times that the narrator knows."""
    paragraphs = tuple(tuple(token.spoken for token in beat.tokens) for beat in screenplay.beats)
    speech = narrator.speak(paragraphs, screenplay.language)
    voice = treat(speech.sound)
    duration = Samples(voice.sound.samples.shape[1])
    path = workspace(context, studio) / "narration.mp3"
    encode_mp3(path, voice.sound)
    made = Narration(
        audio=Media.of(path, "audio/mpeg"),
        duration=duration,
        integrated_lufs=round(integrated_lufs(voice.sound), 2),
        voice=speech.voice,
        words=timed_words(screenplay.beats, speech.words, voice.trimmed, duration),
        made_by=speech.made_by,
    )
    waveform = draw_waveform(voice.sound.samples[0], WAVEFORM, load_theme(screenplay.theme).palette)
    figures = {
        "waveform": dg.MetadataValue.md(image_markdown("waveform", waveform, WAVEFORM.width)),
        "duration_s": samples_to_seconds(duration),
        "characters": sum(len(word) for paragraph in paragraphs for word in paragraph),
        "integrated_lufs": made.integrated_lufs,
    }
    return deliver(made, made.made_by, figures)


@studio_asset(group_name="voice", kinds={"python"}, code_version="1")
def timestamps(narration: Narration) -> dg.Output[Timestamps]:
    """Every word of the screenplay with its time, and the silences between them."""
    made = Timestamps(
        duration=narration.duration,
        words=narration.words,
        pauses=pauses_between(narration.words),
        aligner=f"{narration.made_by.provider}'s own word times",
    )
    exact = sum(word.timing == "exact" for word in made.words)
    figures = {
        "words": len(made.words),
        "exact_words": exact,
        "pauses": len(made.pauses),
        "times": dg.MetadataValue.md(words_as_markdown(made.words)),
    }
    return deliver(made, metadata=figures)
