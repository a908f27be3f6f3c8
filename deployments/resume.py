"""Ends an account's pause, once a person has mended what its network refused: `piquet resume`."""

from datetime import UTC, datetime

from piquet.errors import UserError
from tasks.opening import open_ledger, open_outlet


async def resume_account(name: str, account: str) -> str:
    """End the pause of the outlet's account; what became of it, in one sentence. Raises UserError."""
    outlet = await open_outlet(name)
    if account not in outlet.accounts:
        choice = ", ".join(outlet.accounts)
        raise UserError(f"{account!r} is not an account of {name}: write one of {choice}.")
    with await open_ledger(outlet) as ledger:
        now = datetime.now(UTC)
        before = ledger.account_state(account)
        ledger.resume(account, now)
    if before.paused(now) or before.resting(now):
        return f"{account} is not paused any more: what it holds goes out in the next cycle."
    return f"{account} was not paused: nothing changed."
