"""Every setting of the unit, by what it is about.

"confirm" in domain.md became a setting with the default given there, or the strictest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.setting import Setting
from app.core.setting_cases import COMPLAINTS, FILES, HOLDS, INTAKE, QUALITY, REFERRALS
from app.core.setting_money import AGREEMENTS, PROMISES
from app.core.setting_phone import CONTACT, QUEUE, UNIT

#: What the screen calls each group, in its order.
GROUPS: tuple[tuple[Any, tuple[Setting, ...]], ...] = (
    (_l("The unit"), UNIT),
    (_l("Contacting people"), CONTACT),
    (_l("Promises and what is recovered"), PROMISES),
    (_l("Agreements"), AGREEMENTS),
    (_l("The queue of calls"), QUEUE),
    (_l("Holds"), HOLDS),
    (_l("Referrals to the field"), REFERRALS),
    (_l("Complaints"), COMPLAINTS),
    (_l("Quality of attention"), QUALITY),
    (_l("Files that people attach"), FILES),
    (_l("Loading files"), INTAKE),
)
SETTINGS: Mapping[str, Setting] = {s.name: s for _label, group in GROUPS for s in group}
