"""What can go wrong, by name. The docstring of a class is its message; HTTP is not known here."""

from collections.abc import Mapping


class CatalogError(Exception):
    """Something went wrong in the catalog."""

    def __init__(
        self, detail: str | None = None, *, field: str | None = None, cure: str | None = None, **facts: object
    ) -> None:
        """``detail`` and ``cure`` are keys of the language catalogs; ``facts`` fill their {places}."""
        self.detail = detail or (self.__doc__ or "").strip()
        self.field = field
        self.cure = cure
        self.facts: Mapping[str, object] = facts
        super().__init__(self.detail.format(**facts) if facts else self.detail)


class NotFoundError(CatalogError):
    """There is nothing at this address."""


class GoneError(CatalogError):
    """This record was withdrawn."""


class CursorGoneError(GoneError):
    """This cursor is no longer held: it lasts some minutes after each page, and until the server restarts."""


class InvalidError(CatalogError):
    """What was sent does not hold what is needed."""


class RowsRefusedError(InvalidError):
    """Rows of the list cannot be brought in; nothing was changed."""


class TooLargeError(InvalidError):
    """The request is larger than is allowed."""


class UnsafeFileError(InvalidError):
    """This file is not taken."""


class UnauthenticatedError(CatalogError):
    """This needs you to sign in, or an API key."""


class ForbiddenError(CatalogError):
    """This is not yours to do."""


class NotAllowedError(ForbiddenError):
    """That step is not yours to take now."""


class ConflictError(CatalogError):
    """Somebody else was faster. Read it again, then repeat."""


class SeparationError(ConflictError):
    """Administrator, security administrator and auditor are three different people."""


class RevisionMissingError(CatalogError):
    """A change must name the revision it starts from."""


class RevisionStaleError(CatalogError):
    """The record has changed since you read it."""


class TooManyWaitingError(CatalogError):
    """Too many subscriptions of this address wait to be confirmed."""


class ThrottledError(CatalogError):
    """This was done too often from one place."""


class SealBrokenError(CatalogError):
    """A secret cannot be opened: the key it was sealed with is not here."""


class ProviderBrokenError(CatalogError):
    """The identity provider does not answer as it should."""


class RefusedError(CatalogError):
    """The contract does not allow this use."""


class QuotaUsedUpError(RefusedError):
    """The calls that the contract allows are used up."""


class TermOverError(RefusedError):
    """The term of the contract is over."""


class GrantRevokedError(RefusedError):
    """The grant was revoked."""


class StoreDownError(CatalogError):
    """The database does not answer or has no room. Nothing was changed."""


class SearchDownError(CatalogError):
    """Search does not answer at the moment. What is written is kept and will be found later."""


class IndexBuildingError(SearchDownError):
    """The index is being built. Until it is ready nothing can be found."""


class TooManyCursorsError(CatalogError):
    """As many results are being read with cursors as there may be at once."""


class ScannerDownError(CatalogError):
    """The file could not be examined, so it is not taken."""


class AddressRefusedError(CatalogError):
    """This address may not be fetched."""


class SourceBrokenError(CatalogError):
    """The source could not be read."""


class LeaseLostError(CatalogError):
    """Another worker has taken over this run."""


class RunBusyError(ConflictError):
    """A run of this source is under way already."""


class VectorsMissingError(CatalogError):
    """The packages that vectors need are not installed."""


class VectorsOffError(CatalogError):
    """This portal searches without vectors."""
