"""Which versions have a name of their own: docs/operate/limits.md, *What one sender may add*."""

from __future__ import annotations

CHANNELS = ["dev", "nightly", "alpha", "beta", "rc", "other", ""]
"""What may stand behind the hyphen of a version, in their order; a release has none and comes last."""

OTHER = (0, 0, 0, CHANNELS.index("other"))
"""What every version without a name is counted as."""


def version(text: str) -> tuple[int, int, int, int]:
    numbers, _, channel = text.partition("-")
    major, minor, patch = (int(part) for part in numbers.split("."))
    return major, minor, patch, CHANNELS.index(channel)


def version_text(of: tuple[int, int, int, int]) -> str:
    channel = CHANNELS[of[3]]
    return ".".join(str(part) for part in of[:3]) + ("-" + channel if channel else "")


class Allowance:
    """How many versions of one axis get a name."""

    def __init__(self, verified: int, unverified: int, live: int, live_unverified: int, first_days: int, first: int) -> None:
        self.a_day = {True: verified, False: unverified}
        self.live = live
        self.live_unverified = live_unverified
        self.first_days = first_days
        self.first = first


PRODUCT = Allowance(verified=20, unverified=10, live=500, live_unverified=250, first_days=3, first=100)
FIELD = Allowance(verified=50, unverified=20, live=2_000, live_unverified=1_000, first_days=14, first=500)


class Names:
    """The versions of one axis that have names: since which day of receipt, and from whose allowance (none: a release line)."""

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        self.named: dict[tuple, tuple[int, bool | None]] = {}
        self.began: int | None = None
        """The day of the first name that was taken from an allowance."""

    def has(self, of: tuple) -> bool:
        return of == OTHER or of in self.named

    def admit(self, of: tuple, day: int, is_verified: bool, is_on_line: bool = False) -> bool:
        """Whether a version that an installation sends has a name, perhaps from now on."""
        if of == OTHER:
            return True
        known = self.named.get(of)
        if known is not None and (known[1] is not False or not is_verified):
            return True
        if is_on_line:
            self.named[of] = (day, None)
            return True
        # A name that strangers brought in is taken over by a verified installation where there is room for that.
        if self.has_room(day, is_verified):
            self.named[of] = (day, is_verified)
            self.began = day if self.began is None else self.began
            return True
        return known is not None

    def has_room(self, day: int, is_verified: bool) -> bool:
        allowance = self.allowance
        taken = [(since, by) for since, by in self.named.values() if by is not None]
        strangers = sum(1 for _, by in taken if not by)
        verified = len(taken) - strangers
        today = sum(1 for since, by in taken if since == day and by == is_verified)
        began = day if self.began is None else self.began
        is_new = day - began < allowance.first_days and len(taken) < allowance.first
        if not is_new and today >= allowance.a_day[is_verified]:
            return False
        if is_verified:
            return verified < allowance.live - min(allowance.live_unverified, strangers)
        return strangers < allowance.live_unverified and len(taken) < allowance.live
