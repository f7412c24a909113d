"""The voice department: the screenplay spoken, and when each word is heard."""

import shutil

import dagster as dg

from vidfactory.assets.common import FIRST, deliver, hire, studio_asset, workspace
from vidfactory.drawing.preview import image_markdown
from vidfactory.drawing.waveform import draw_waveform
from vidfactory.planning.timing import heard_words, known_enough, pauses_between, timed_words, words_as_markdown
from vidfactory.ports import Aligner, Speech
from vidfactory.providers.crew import Crew
from vidfactory.rendering.audio import decode, encode_mp3
from vidfactory.rendering.meter import integrated_lufs
from vidfactory.rendering.recording import recorded
from vidfactory.rendering.treatment import treat
from vidfactory.schema.base import Media, Samples, Size, samples_to_seconds
from vidfactory.schema.brief import Brief
from vidfactory.schema.crew import DepartmentCrew
from vidfactory.schema.screenplay import Screenplay
from vidfactory.schema.speech import RECORDED, Narration, Recording, Timestamps
from vidfactory.storage.studio import Studio
from vidfactory.themes import load_theme

WAVEFORM = Size(width=960, height=180)


@studio_asset(group_name="voice", kinds={"audio"}, code_version="1")
def recording(
    context: dg.AssetExecutionContext, brief: Brief, studio: dg.ResourceParam[Studio]
) -> dg.Output[Recording]:
    """The script read by a person, if one brought it; apart from the brief, whose changes need no new narration."""
    if brief.narration is None:
        return deliver(Recording(audio=None))
    path = workspace(context, studio) / brief.narration.name
    shutil.copyfile(brief.narration.path, path)
    return deliver(Recording(audio=Media.of(path, brief.narration.media_type)))


@studio_asset(group_name="voice", kinds={"audio"}, pool="narrator", op_tags=FIRST, code_version="1")
async def narration(
    context: dg.AssetExecutionContext,
    screenplay: Screenplay,
    recording: Recording,
    voice_crew: DepartmentCrew,
    crew: dg.ResourceParam[Crew],
    studio: dg.ResourceParam[Studio],
) -> dg.Output[Narration]:
    """The screenplay as a person has read it, else as a narrator speaks it, treated, with the times that it knows."""
    paragraphs = tuple(tuple(token.spoken for token in beat.tokens) for beat in screenplay.beats)
    hired = hire(context, crew, voice_crew.wishes)
    if recording.audio:
        speech = Speech(recorded(recording.audio), (), "a person", RECORDED)
    else:
        speech = await hired.narrator.speak(paragraphs, screenplay.language)
    voice = treat(speech.sound)
    duration = Samples(voice.sound.samples.shape[1])
    path = workspace(context, studio) / "narration.mp3"
    encode_mp3(path, voice.sound)
    made = Narration(
        audio=Media.of(path, "audio/mpeg"),
        duration=duration,
        integrated_lufs=round(integrated_lufs(voice.sound), 2),
        voice=speech.voice,
        words=timed_words(screenplay.beats, speech.words, voice.trimmed, duration) if speech.words else (),
        made_by=speech.made_by,
    )
    waveform = draw_waveform(voice.sound.samples[0], WAVEFORM, load_theme(screenplay.theme).palette)
    figures = {
        "waveform": dg.MetadataValue.md(image_markdown("waveform", waveform, WAVEFORM.width)),
        "duration_s": samples_to_seconds(duration),
        "characters": sum(len(word) for paragraph in paragraphs for word in paragraph),
        "integrated_lufs": made.integrated_lufs,
    }
    return deliver(made, made.made_by, figures, hired.tally())


@studio_asset(group_name="voice", kinds={"audio"}, code_version="2")
async def timestamps(
    context: dg.AssetExecutionContext,
    screenplay: Screenplay,
    narration: Narration,
    voice_crew: DepartmentCrew,
    crew: dg.ResourceParam[Crew],
) -> dg.Output[Timestamps]:
    """Every word of the screenplay with its time, and the silences between them.

    The times are the narrator's own where it knows them, else an aligner finds the words in the sound.
    """
    hired = hire(context, crew, voice_crew.wishes)
    made = await found_times(screenplay, narration, hired.aligner)
    figures = {
        "words": len(made.words),
        "exact_words": sum(word.timing == "exact" for word in made.words),
        "pauses": len(made.pauses),
        "aligner": made.aligner,
        **({} if made.score is None else {"score": made.score}),
        "times": dg.MetadataValue.md(words_as_markdown(made.words)),
    }
    return deliver(made, metadata=figures, tally=hired.tally())


async def found_times(screenplay: Screenplay, narration: Narration, aligner: Aligner) -> Timestamps:
    """The narrator's own times where it knows nearly all, else those that `aligner` finds in the narration's file."""
    if known_enough(narration.words):
        found_by, score, words = f"{narration.made_by.provider}'s own word times", None, narration.words
    else:
        tokens = [token.spoken for beat in screenplay.beats for token in beat.tokens]
        alignment = await aligner.align(decode(narration.audio.path), tokens, screenplay.language)
        found_by, score = f"{alignment.made_by.provider}, {alignment.made_by.model}", round(alignment.score, 4)
        words = heard_words(screenplay.beats, alignment, narration.duration)
    return Timestamps(
        duration=narration.duration, words=words, pauses=pauses_between(words), aligner=found_by, score=score
    )
