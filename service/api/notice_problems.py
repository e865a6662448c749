"""What can be wrong with a stream or with an address of notifications."""

from __future__ import annotations

from service.api.problems import N_, Problem


class StreamsExhausted(Problem):
    """Somebody has as many pages open that follow what happens as they may."""

    status = 429
    title = N_("Too many pages are open")
    detail = N_("Close some pages of Công Vụ. This one goes on without being told of changes at once.")


class NotificationsOff(Problem):
    """This service tells nobody of anything."""

    status = 404
    title = N_("Notifications are not set up here")
    detail = N_("Ask the administrator of the server.")


class AddressNotRead(Problem):
    """It is no address that is understood."""

    status = 422
    title = N_("This address is not understood")
    detail = N_("Write an e-mail address, or an address such as jsons://host/path. Nothing was stored.")


class WayClosed(Problem):
    """This way is not open here."""

    status = 422
    title = N_("This way is not open here")
    detail = N_("Choose one of the ways named on the page. Nothing was stored.")


class AddressPartClosed(Problem):
    """A part of the address after the question mark is not allowed."""

    status = 422
    title = N_("A part of this address is not allowed")
    detail = N_("Leave out what follows the question mark. Nothing was stored.")


class AddressNotPublic(Problem):
    """The address leads into a network that is not public."""

    status = 422
    title = N_("This address leads into a network that is not public")
    detail = N_("The administrator of the server can allow it. Nothing was stored.")


class AddressNotFound(Problem):
    """The server that the address names is not found."""

    status = 422
    title = N_("The server of this address is not found")
    detail = N_("Check how it is spelt: Latin letters, digits, dots and hyphens only. Nothing was stored.")


class MailNotSet(Problem):
    """It is an e-mail address, and no server for e-mails is set up."""

    status = 422
    title = N_("E-mails cannot be sent here yet")
    detail = N_("The administrator of the server has to name a server for e-mails first. Nothing was stored.")


class NothingChosen(Problem):
    """Nothing to be told of was chosen, or something that the account may not know."""

    status = 422
    title = N_("Choose what you want to be told of")
    detail = N_("At least one of the kinds that your account may know of. Nothing was stored.")


class QuietUnfit(Problem):
    """Quiet hours lack a beginning or an end, or both are the same."""

    status = 422
    title = N_("The quiet hours are not whole")
    detail = N_("Give a beginning and another end, such as 22:00 and 06:30, or leave both empty. Nothing was stored.")


class AddressesFull(Problem):
    """Somebody has as many addresses as they may."""

    status = 409
    title = N_("You have ten addresses already")
    detail = N_("Remove one before you add another. Nothing was stored.")
