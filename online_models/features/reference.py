"""The reference of the features, as it stands in `docs/models-features.md`; a test keeps the two alike."""

from online_models.features.catalogue import FEATURES, VERSION
from online_models.features.channels import BY_TYPE, CHANNELS


def reference() -> str:
    """Return the Markdown page of all features: name, unit, meaning, group, and which events are counted as what."""
    lines = [
        f"# Features of the purchase model, version `{VERSION}`",
        "",
        "Made by `python -c \"from online_models.features.reference import reference; print(reference(), end='')\"`.",
        "",
        "| event | counts as |",
        "|---|---|",
        *(f"| `{kind}` | {CHANNELS[code]} |" for kind, code in BY_TYPE.items()),
        "",
        "A `page_viewed` whose section (else address or title) is about price, cases, help or products counts as that.",
        "Pages, clicks and forms less than 30 minutes apart are one session.",
        "",
        "| feature | unit | meaning | explained under |",
        "|---|---|---|---|",
        *(f"| `{one.name}` | {one.unit} | {one.meaning} | {one.group} |" for one in FEATURES),
    ]
    return "\n".join(lines) + "\n"
