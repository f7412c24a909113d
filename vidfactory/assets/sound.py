"""The sound department: music for the cue, as a loop."""

import dagster as dg

from vidfactory.assets.common import deliver, give_way, hire, studio_asset, workspace
from vidfactory.providers.crew import Crew
from vidfactory.rendering.audio import encode_flac
from vidfactory.schema.base import Credit, Media, Samples, derived_seed
from vidfactory.schema.crew import DepartmentCrew
from vidfactory.schema.pictures import Soundtrack
from vidfactory.schema.screenplay import MusicCue, Screenplay
from vidfactory.storage.studio import Studio


@studio_asset(group_name="sound", kinds={"audio"}, pool="composer", code_version="1")
async def soundtrack(
    context: dg.AssetExecutionContext,
    screenplay: Screenplay,
    sound_crew: DepartmentCrew,
    crew: dg.ResourceParam[Crew],
    studio: dg.ResourceParam[Studio],
) -> dg.Output[Soundtrack]:
    """A music loop in the mood that the screenplay asks for; empty where it asks for none."""
    give_way()
    cue = next((cue for cue in screenplay.cues if isinstance(cue, MusicCue)), None)
    if cue is None:
        return deliver(Soundtrack(music=None, loop=Samples(0), made_by=Credit(provider="none", model="none")))
    hired = hire(context, crew, sound_crew.wishes)
    loop = await hired.composer.loop(cue.mood, derived_seed(context.partition_key, "soundtrack"))
    path = workspace(context, studio) / "music.flac"
    encode_flac(path, loop.sound)
    made = Soundtrack(
        music=Media.of(path, "audio/flac"), loop=Samples(loop.sound.samples.shape[1]), made_by=loop.made_by
    )
    return deliver(made, made.made_by, {"mood": cue.mood, "loop_s": made.loop / loop.sound.rate}, hired.tally())
