"""Who works in each department: what the brief has decided, parted by department.

They stand between the brief and the departments, so that another voice has the film spoken again and not drawn again.
"""

import dagster as dg

from vidfactory.assets.common import deliver, studio_asset
from vidfactory.schema.brief import Brief
from vidfactory.schema.crew import DepartmentCrew, Wishes


@studio_asset(group_name="voice", kinds={"python"}, code_version="1")
def voice_crew(brief: Brief) -> dg.Output[DepartmentCrew]:
    """The voice, and who speaks and aligns, where the order or its channel say so."""
    return listed(brief.wishes.about({"narrator", "aligner"}, {"narration", "timestamps"}))


@studio_asset(group_name="pictures", kinds={"python"}, code_version="1")
def picture_crew(brief: Brief) -> dg.Output[DepartmentCrew]:
    """Who illustrates, where the order or its channel say so."""
    return listed(brief.wishes.about({"illustrator"}, {"illustrations", "backdrop"}))


@studio_asset(group_name="sound", kinds={"python"}, code_version="1")
def sound_crew(brief: Brief) -> dg.Output[DepartmentCrew]:
    """Who composes, where the order or its channel say so."""
    return listed(brief.wishes.about({"composer"}, {"soundtrack"}))


def listed(wishes: Wishes) -> dg.Output[DepartmentCrew]:
    """What was decided of a department, and each part of it for people to read."""
    figures: dict[str, str | int] = {"voice": wishes.voice} if wishes.voice else {}
    figures |= {str(port): ", ".join(names) for port, names in wishes.providers.items()}
    figures |= {f"take of {asset}": take for asset, take in wishes.takes.items()}
    return deliver(DepartmentCrew(wishes=wishes), metadata=figures)
