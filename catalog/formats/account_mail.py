"""What a mail about an account says: one thing, where to go on, and what to do if it was not you."""

from collections.abc import Mapping

from catalog.domain.accounts import AccountMatter as Matter
from catalog.domain.accounts import AccountNotice
from catalog.language import N_, translate

#: Subject, and what happened.
_TEXTS: Mapping[Matter, tuple[str, str]] = {
    Matter.SIGN_UP: (N_("Confirm your address"), N_("Open this address within a day to finish signing up:")),
    Matter.RESET: (N_("Choose a new password"), N_("Open this address within an hour to choose a new password:")),
    Matter.ADDRESS: (
        N_("Confirm your new address"),
        N_("Open this address within a day, and your account has this e-mail address from then on:"),
    ),
    Matter.WELCOME: (
        N_("An account was made for you"),
        N_("Open this address within three days to choose your password:"),
    ),
    Matter.KNOWN: (
        N_("You have an account already"),
        N_("Somebody, you we hope, signed up with this address, which has an account. Sign in here:"),
    ),
    Matter.ELSEWHERE: (
        N_("Your account has no password"),
        N_("You sign in through the identity provider, so there is no password to choose anew. Sign in here:"),
    ),
    Matter.PASSWORD_CHANGED: (N_("Your password was changed"), N_("All your sessions have ended. Your profile:")),
    Matter.SECOND_FACTOR_ON: (
        N_("Your second factor is set up"),
        N_("From now on signing in asks for a code. Your other sessions have ended. Your profile:"),
    ),
    Matter.SECOND_FACTOR_OFF: (
        N_("Your second factor was removed"),
        N_("Signing in asks for your password alone, and all your sessions have ended. Your profile:"),
    ),
    Matter.RECOVERY_CODE_USED: (
        N_("A recovery code was used"),
        N_("Somebody proved with one of your recovery codes to be you. Your profile:"),
    ),
    Matter.RECOVERY_CODES_MADE: (
        N_("New recovery codes were made"),
        N_("Those from before no longer hold. Your profile:"),
    ),
    Matter.ADDRESS_WISHED: (
        N_("Your account is to have another address"),
        N_("Once {wished} is confirmed, your account has that address. Your profile:"),
    ),
    Matter.ADDRESS_CHANGED: (
        N_("The address of your account was changed"),
        N_("It is {wished} now. Your profile:"),
    ),
    Matter.IDENTITY_LINKED: (
        N_("Your account can be signed in to through the identity provider"),
        N_("It was linked at the first sign-in there. Your profile:"),
    ),
    Matter.INVITATION: (
        N_("An invitation to {organization}"),
        N_("A role at {organization} is offered to you. Open this address until {day} to take it:"),
    ),
    Matter.APPLICATION: (
        N_("Your application for {company}"),
        N_("A registrar has decided on it. What was decided, and why:"),
    ),
    Matter.BLOCKED: (
        N_("Your account was blocked"),
        N_("Your sessions and keys have ended. Turn to the administrator of the portal:"),
    ),
    Matter.FACT_LAPSED: (
        N_("A verified fact has lapsed"),
        N_("No longer in force: {wished}. What rests on it may need a new one. The facts:"),
    ),
    Matter.FACT_REVOKED: (
        N_("A verified fact was revoked"),
        N_("No longer in force: {wished}. Why, and who to turn to:"),
    ),
    Matter.GLASS_BROKEN: (
        N_("Somebody has taken emergency access"),
        N_("For this reason: {wished}. Who, which role, and until when:"),
    ),
}
#: They are about others, or nothing that somebody could have done in one's name.
_TOLD = {Matter.FACT_LAPSED, Matter.FACT_REVOKED, Matter.GLASS_BROKEN}
#: Nothing has happened yet: who did not ask need do nothing.
_ASKED = {
    Matter.SIGN_UP,
    Matter.RESET,
    Matter.ADDRESS,
    Matter.KNOWN,
    Matter.ELSEWHERE,
    Matter.INVITATION,
    Matter.APPLICATION,
}


def subject(notice: AccountNotice) -> str:
    """The subject of the mail."""
    return translate(_TEXTS[notice.matter][0], notice.language, **notice.facts)


def lines(notice: AccountNotice) -> list[str]:
    """The text of the mail."""
    what = translate(_TEXTS[notice.matter][1], notice.language, **notice.facts)
    if notice.matter in _TOLD:
        return [what, notice.link]
    if notice.matter in _ASKED:
        otherwise = translate("If it was not you who asked for this, do nothing.", notice.language)
    else:
        otherwise = translate(
            "If it was not you, choose a new password at once, and tell the administrator of the portal.",
            notice.language,
        )
    return [what, notice.link, "", otherwise]
