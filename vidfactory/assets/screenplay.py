"""The seam: from here on there is one graph for all formats."""

import dagster as dg

from vidfactory.assets.common import deliver, studio_asset
from vidfactory.desks import FORMATS
from vidfactory.desks.screenplay import approve, as_markdown, the_one_draft
from vidfactory.schema.screenplay import Draft, Screenplay

DRAFTS = {
    f"{name}_draft": dg.AssetIn(key=[name, "draft"], metadata={"allow_missing_partitions": True}) for name in FORMATS
}


@studio_asset(ins=DRAFTS, group_name="screenplay", kinds={"python"}, code_version="4")
def screenplay(context: dg.AssetExecutionContext, **drafts: Draft | None) -> dg.Output[Screenplay]:
    """The approved script of any format: what is said, as shown and as spoken, and all cues."""
    draft = the_one_draft(drafts.values(), video=context.partition_key)
    approved = approve(draft, video=context.partition_key)
    return deliver(
        approved,
        metadata={
            "script": dg.MetadataValue.md(as_markdown(approved)),
            "words": sum(len(beat.tokens) for beat in approved.beats),
            "illustration_cues": sum(len(beat.cues) for beat in approved.beats),
        },
    )
