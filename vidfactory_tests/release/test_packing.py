"""A package: the same edition for the same content, and a manifest that says who made what from what."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from vidfactory.errors import BadInput
from vidfactory.release.makers import UNKNOWN_TERMS
from vidfactory.release.manifest import Account, Origins, upstream_first
from vidfactory.schema.base import Artifact, Credit, Media
from vidfactory.schema.brief import FinanceBrief
from vidfactory.schema.crew import Wishes
from vidfactory.schema.film import Video
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.release import Package
from vidfactory_tests.release.finished import KEY, Files, artifacts, packed, screenplay

PAID = Credit(provider="elevenlabs", model="eleven_v3", cost_usd=Decimal("0.31"), instead_of=("piper: busy",))


def told(package: Package) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(package.manifest.path.read_bytes())
    return content


def entry(package: Package, asset: str) -> dict[str, Any]:
    return next(each for each in told(package)["artifacts"] if each["asset"] == asset)


def test_packed_again_it_is_the_same_but_for_the_signature(
    package: Package, made: dict[str, Artifact], tmp_path: Path
) -> None:
    again = packed(tmp_path, made)
    assert again.video.sha256 != package.video.sha256
    assert again.content_sha256() == package.content_sha256()
    assert again.edition == package.edition
    assert again.manifest.sha256 == package.manifest.sha256


@pytest.mark.parametrize("part", ["screenplay", "video", "thumbnails", "production_plan"])
def test_whatever_a_viewer_gets_makes_another_edition(
    package: Package, made: dict[str, Artifact], tmp_path: Path, part: str
) -> None:
    changed: dict[str, Artifact] = {
        "screenplay": screenplay(description="Something else."),
        "video": _with_another_film(made["video"], tmp_path),
        "thumbnails": _with_another_first(made["thumbnails"]),
        "production_plan": _with_another_caption(made["production_plan"]),
    }
    assert packed(tmp_path, {**made, part: changed[part]}).edition != package.edition


def test_another_cost_is_another_manifest_and_the_same_edition(
    package: Package, made: dict[str, Artifact], tmp_path: Path
) -> None:
    dearer = packed(tmp_path, made, {"illustrations": Account(Decimal("0.10"))})
    assert dearer.edition == package.edition
    assert dearer.content_sha256() != package.content_sha256()


def test_the_chosen_thumbnails_stand_first(package: Package) -> None:
    assert [media.name for media in package.thumbnails] == ["thumbnail.png", "thumbnail_vertical.png", "b.png"]


def test_every_artifact_is_in_the_manifest_with_its_files(package: Package, made: dict[str, Artifact]) -> None:
    entries = {each["asset"]: each for each in told(package)["artifacts"]}
    assert entries.keys() == made.keys()
    for asset, artifact in made.items():
        assert entries[asset]["content_sha256"] == artifact.content_sha256()
        assert [each["sha256"] for each in entries[asset]["media"]] == [media.sha256 for media in artifact.media()]
    listed = {each["sha256"] for each in told(package)["files"]}
    rest = {media.sha256 for media in package.media()} - {package.video.sha256, package.manifest.sha256}
    assert listed == rest


def test_the_manifest_names_makers_models_prompts_terms_and_costs(files: Files, tmp_path: Path) -> None:
    wishes = Wishes(takes={"narration": 3})
    brief = FinanceBrief(video=KEY, title=None, seconds=60, posts=None, prices=None, symbol=None, wishes=wishes)
    ledger = {"narration": Account(Decimal("0.31"), Decimal("0.02"), ("elevenlabs speech",))}
    package = packed(tmp_path, {"brief": brief, **artifacts(files, PAID)}, ledger)
    voice = entry(package, "narration")
    assert voice["made_by"] == [
        {
            "provider": "elevenlabs",
            "name": "ElevenLabs",
            "how": "ai",
            "licence": "ElevenLabs' terms: https://elevenlabs.io/terms-of-use",
        }
    ]
    assert (voice["model"], voice["cost_usd"], voice["take"]) == ("eleven_v3", "0.31", 3)
    assert (voice["charged_usd"], voice["possibly_charged_usd"]) == ("0.31", "0.02")
    assert voice["calls"] == ["elevenlabs speech"]
    assert voice["prompts"]["01_hook"] == "hook."
    assert entry(package, "illustrations")["prompts"]["02_post"] == "Draw the post"
    assert entry(package, "backdrop")["prompts"] == {"backdrop": "A quiet studio"}
    assert entry(package, "soundtrack")["prompts"] == {"music": "calm"}
    assert entry(package, "video")["made_by"][0]["provider"] == "house"
    assert told(package)["origin"] == "ai"
    assert told(package)["disclosure"] == (
        "Made with AI: voice by ElevenLabs; without AI: pictures and music by the studio's own software."
    )
    assert "busy" not in package.manifest.path.read_text(encoding="utf-8")


def test_who_is_unknown_counts_as_ai_with_unknown_terms(files: Files, tmp_path: Path) -> None:
    package = packed(tmp_path, artifacts(files, Credit(provider="my server, house", model="m")))
    first, second = entry(package, "narration")["made_by"]
    assert (first["name"], first["how"], first["licence"]) == ("my server", "ai", UNKNOWN_TERMS)
    assert second["how"] == "algorithm"
    assert package.listing.made_with_ai


def test_fonts_have_their_licence_and_software_its_version(package: Package) -> None:
    fonts = {each["face"]: each["licence"] for each in told(package)["fonts"]}
    assert fonts.keys() == {"anton", "inter"}
    assert all("Open Font License" in licence for licence in fonts.values())
    assert {"vidfactory", "dagster", "av", "ffmpeg", "c2pa-python"} <= told(package)["software"].keys()


def test_letters_of_another_script_name_the_face_that_shows_them(made: dict[str, Artifact], tmp_path: Path) -> None:
    script = screenplay()
    beat = script.beats[0]
    arabic = beat.model_copy(update={"tokens": (beat.tokens[0].model_copy(update={"shown": "مرحبا"}),)})
    package = packed(tmp_path, {**made, "screenplay": script.model_copy(update={"beats": (arabic, *script.beats[1:])})})
    assert "noto-sans-arabic" in {each["face"] for each in told(package)["fonts"]}


def test_the_manifest_holds_no_path_of_this_machine(package: Package, made: dict[str, Artifact]) -> None:
    text = package.manifest.path.read_text(encoding="utf-8") + package.timeline.path.read_text(encoding="utf-8")
    folders = {str(media.path.parent) for artifact in made.values() for media in artifact.media()}
    assert not any(folder in text for folder in folders)
    assert str(Path.home()) + "/" not in text


def test_artifacts_stand_behind_what_they_were_made_from(made: dict[str, Artifact]) -> None:
    artifact = made["charts"]
    origins = {
        "a": Origins(artifact, "1", made_from={"c": "1", "b": "1"}),
        "b": Origins(artifact, "1", made_from={"c": "1", "gone": "1"}),
        "c": Origins(artifact, "1"),
        "d": Origins(artifact, "1"),
    }
    assert upstream_first(origins) == ["c", "d", "b", "a"]


def test_a_plan_that_names_what_nobody_made_is_bad_input(made: dict[str, Artifact], tmp_path: Path) -> None:
    without = {asset: artifact for asset, artifact in made.items() if asset != "cards"}
    with pytest.raises(BadInput, match=r"cards/post\.png, which no department delivered"):
        packed(tmp_path, without)


def test_what_nobody_made_names_nobody(files: Files, tmp_path: Path) -> None:
    made = artifacts(files, Credit(provider="none", model="none"))
    assert entry(packed(tmp_path, made), "narration")["made_by"] == []


def _with_another_film(video: Artifact, folder: Path) -> Video:
    assert isinstance(video, Video)
    path = folder / "film.mp4"
    path.write_bytes(video.file.path.read_bytes() + b"\0\0\0\x08free")
    return video.model_copy(update={"file": Media.of(path, "video/mp4")})


def _with_another_first(thumbnails: Artifact) -> Artifact:
    first, second, *rest = thumbnails.thumbnails  # type: ignore[attr-defined]
    return thumbnails.model_copy(update={"thumbnails": (second, first, *rest)})


def _with_another_caption(plan: Artifact) -> ProductionPlan:
    assert isinstance(plan, ProductionPlan)
    scene = plan.scenes[0]
    word = scene.words[0].model_copy(update={"shown": "Hook?"})
    page = plan.captions[0].model_copy(update={"text": "Hook?"})
    scenes = (scene.model_copy(update={"words": (word,)}), *plan.scenes[1:])
    return plan.model_copy(update={"captions": (page, *plan.captions[1:]), "scenes": scenes})
