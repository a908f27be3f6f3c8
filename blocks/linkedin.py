"""One LinkedIn page of an organization."""

from prefect.blocks.core import Block
from pydantic import Field, SecretStr, field_validator

from blocks.account import SECRET_HELP, AccountForm, revealed
from piquet.networks.linkedin import DEFAULT_VERSION, LinkedInClient, author_of, token_end, version_ends


class LinkedInPage(AccountForm, Block):
    """An organization's LinkedIn page. / La page LinkedIn d'une organisation."""

    _block_type_name = "LinkedIn Page"
    _block_type_slug = "linkedin-page"
    _description = "An organization's LinkedIn page. / La page LinkedIn d'une organisation."

    organization: str = Field(
        title="Page number / Numéro de la page",
        description="From the address of its admin view. / Dans l'adresse de sa vue d'administration.",
    )
    token: SecretStr = Field(title="Access token / Jeton d'accès", description=SECRET_HELP)
    token_ends: str = Field(
        default="",
        title="Token ends / Fin du jeton",
        description=(
            "The date LinkedIn showed with the token, as in 2027-01-31, so that you are warned in time. "
            "/ La date affichée par LinkedIn avec le jeton, comme 2027-01-31, pour être prévenu à temps."
        ),
    )
    version: str = Field(
        default=DEFAULT_VERSION,
        title="API version / Version de l'API",
        description="Year and month; each works for about a year. / Année et mois ; chacune dure environ un an.",
    )
    api: str = Field(
        default="https://api.linkedin.com",
        title="LinkedIn API",
        description="The network's own address. / L'adresse du réseau.",
    )

    @field_validator("organization")
    @classmethod
    def _known_page(cls, organization: str) -> str:
        author_of(organization)
        return organization

    @field_validator("version")
    @classmethod
    def _known_version(cls, version: str) -> str:
        version_ends(version)
        return version

    @field_validator("token_ends")
    @classmethod
    def _known_day(cls, day: str) -> str:
        token_end(day)
        return day

    def get_client(self) -> LinkedInClient:
        """A client for this page; raises UserError where its token is not to be had."""
        return LinkedInClient(
            organization=self.organization,
            token=revealed(self.token, "LinkedIn Page, field 'token'"),
            token_ends=self.token_ends,
            version=self.version,
            api=self.api,
        )
