"""The production plan: scenes cover the film once, pictures come in turn, nothing is left to chance."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given

from vidfactory.planning.production import Deliveries, assign_pictures, plan_as_markdown, plan_production
from vidfactory.schema.base import Credit, Media, Samples, Size
from vidfactory.schema.pictures import Backdrop, Cards, Charts, Illustrations, Picture, Soundtrack, Ticker
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.screenplay import Beat, IllustrationCue, Screenplay, Token
from vidfactory.schema.speech import Narration, TimedWord, Timestamps
from vidfactory.themes import load_theme
from vidfactory_tests.planning.words import SECOND, speeches, spoken

THEME = load_theme("finance")
HOUSE = Credit(provider="house", model="test")


def media(name: str) -> Media:
    return Media(path=Path(f"/somewhere/{name}"), media_type="image/png", sha256=f"{sum(name.encode()):064x}", size=1)


def picture(name: str) -> Picture:
    return Picture(name=name, image=media(f"{name}.png"), size=Size(width=2, height=2), alt=name)


def screenplay(*cues_of_beats: list[str]) -> Screenplay:
    return Screenplay(
        video="finance-test",
        title="Title",
        headline="Headline",
        description="",
        language="en",
        theme="finance",
        beats=tuple(
            Beat(
                name=f"beat{n}",
                tokens=(Token(shown="word", spoken="word"),),
                cues=tuple(IllustrationCue(name=name, concept=name, prompt=name) for name in names),
            )
            for n, names in enumerate(cues_of_beats)
        ),
    )


def deliveries(words: list[TimedWord], names: list[str], charts: int = 1, cards: int = 1) -> Deliveries:
    duration = Samples(words[-1].end)
    return Deliveries(
        narration=Narration(
            audio=media("narration.mp3"),
            duration=duration,
            integrated_lufs=-16,
            voice="test",
            words=tuple(words),
            made_by=HOUSE,
        ),
        timestamps=Timestamps(duration=duration, words=tuple(words), pauses=(), aligner="test"),
        illustrations=Illustrations(pictures=tuple(picture(name) for name in names), made_by=HOUSE),
        charts=Charts(pictures=tuple(picture(f"chart{n}") for n in range(charts))),
        cards=Cards(pictures=tuple(picture(f"card{n}") for n in range(cards))),
        ticker=Ticker(strip=picture("ticker")),
        backdrop=Backdrop(picture=picture("backdrop"), made_by=HOUSE),
        soundtrack=Soundtrack(music=None, loop=Samples(0), made_by=HOUSE),
    )


def plan(words: list[TimedWord], names: list[str], charts: int = 1, cards: int = 1) -> ProductionPlan:
    return plan_production(screenplay(names), deliveries(words, names, charts, cards), THEME)


@given(speeches())
def test_scenes_cover_every_frame_once(words: list[TimedWord]) -> None:
    made = plan(words, ["a", "b"])
    assert made.scenes[0].start_frame == 0
    assert made.scenes[-1].end_frame == made.video_metadata.duration_frames
    assert all(before.end_frame == after.start_frame for before, after in pairwise(made.scenes))
    assert all(scene.start_frame < scene.end_frame for scene in made.scenes)
    assert [scene.scene_number for scene in made.scenes] == list(range(1, len(made.scenes) + 1))


@given(speeches())
def test_the_film_lasts_as_long_as_lead_in_speech_and_tail_to_the_frame(words: list[TimedWord]) -> None:
    made = plan(words, ["a"])
    samples = round(THEME.mix.lead_in_s * SECOND) + words[-1].end + round(THEME.mix.tail_s * SECOND)
    assert 2 * abs(made.video_metadata.duration_frames * SECOND - samples * THEME.fps) <= SECOND


@given(speeches())
def test_every_word_is_in_one_scene_later_by_the_lead_in(words: list[TimedWord]) -> None:
    made = plan(words, ["a"])
    planned = [word for scene in made.scenes for word in scene.words]
    lead_in = round(THEME.mix.lead_in_s * SECOND)
    assert [word.start - lead_in for word in planned] == [word.start for word in words]


def test_the_same_input_gives_the_same_plan() -> None:
    words = spoken((0.0, 1.0), (2.0, 3.0))
    assert plan(words, ["a", "b"]).content_sha256() == plan(words, ["a", "b"]).content_sha256()


def test_pictures_come_in_the_order_of_their_cues() -> None:
    scenes = [tuple(spoken((n, n + 1))) for n in range(3)]
    made = deliveries(list(scenes[0]), ["a", "b", "c"])
    chosen = assign_pictures(screenplay(["a", "b", "c"]), made.illustrations, scenes)
    assert [shown and shown.name for shown in chosen] == ["a", "b", "c"]


def test_a_scene_prefers_the_pictures_of_its_beat() -> None:
    scenes = [tuple(spoken((0, 1), beats=[0])), tuple(spoken((1, 2), beats=[1]))]
    made = deliveries(list(scenes[0]), ["a", "b", "c"])
    chosen = assign_pictures(screenplay(["a", "b"], ["c"]), made.illustrations, scenes)
    assert [shown and shown.name for shown in chosen] == ["a", "c"]


def test_a_beat_with_more_scenes_than_pictures_shows_them_in_turn() -> None:
    scenes = [tuple(spoken((n, n + 1))) for n in range(3)]
    made = deliveries(list(scenes[0]), ["a", "b", "c"])
    chosen = assign_pictures(screenplay(["a", "b"], ["c"]), made.illustrations, scenes)
    assert [shown and shown.name for shown in chosen] == ["a", "b", "a"]


def test_a_beat_with_one_picture_takes_turns_with_the_beats_before_it() -> None:
    scenes = [tuple(spoken((n, n + 1), beats=[min(n, 1)])) for n in range(4)]
    made = deliveries(list(scenes[0]), ["a", "b", "c"])
    chosen = assign_pictures(screenplay(["a"], ["b"], ["c"]), made.illustrations, scenes)
    assert [shown and shown.name for shown in chosen] == ["a", "b", "a", "b"]


def test_the_only_picture_may_come_twice_running() -> None:
    scenes = [tuple(spoken((n, n + 1))) for n in range(2)]
    made = deliveries(list(scenes[0]), ["a"])
    chosen = assign_pictures(screenplay(["a"]), made.illustrations, scenes)
    assert [shown and shown.name for shown in chosen] == ["a", "a"]


def test_without_pictures_scenes_have_none() -> None:
    made = plan(spoken((0.0, 1.0)), [])
    assert [scene.main_content for scene in made.scenes] == [None]


def test_card_and_charts_take_turns_of_half_a_cycle() -> None:
    words = spoken(*[(n, n + 0.9) for n in range(50)])
    alternator = plan(words, ["a"], charts=2).alternator
    assert alternator is not None
    files = [item.source.file for item in alternator.items]
    assert files == ["cards/card0.png", "charts/chart0.png", "cards/card0.png", "charts/chart1.png"]
    assert [item.start_frame for item in alternator.items] == [0, 450, 900, 1350]
    assert all(before.end_frame == after.start_frame for before, after in pairwise(alternator.items))


def test_without_cards_and_charts_there_is_no_alternator() -> None:
    assert plan(spoken((0.0, 1.0)), ["a"], charts=0, cards=0).alternator is None


def test_the_plan_names_no_folder_of_the_machine() -> None:
    assert "/somewhere" not in plan(spoken((0.0, 1.0)), ["a"]).model_dump_json()


def test_the_table_lists_every_scene() -> None:
    made = plan(spoken((0.0, 1.0), (2.0, 3.0)), ["a"])
    assert plan_as_markdown(made).count("\n") == 1 + len(made.scenes)


@pytest.mark.parametrize(("width", "height"), [(720, 1280), (1920, 1080), (2160, 2160)])
def test_the_film_has_the_frame_of_its_theme(width: int, height: int) -> None:
    frame = Size(width=width, height=height)
    words = spoken((0.0, 1.0))
    theme = load_theme("finance", frame)
    made = plan_production(screenplay(["a"]), deliveries(words, ["a"]), theme, "draft")
    assert (made.video_metadata.resolution, made.quality) == (frame, "draft")
    assert made.ticker is not None
    assert made.ticker.pixels_per_frame == theme.motion.ticker_px_per_frame
