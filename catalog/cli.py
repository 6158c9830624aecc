"""The command ``shuyuan``: each command is one call."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from catalog import accounts, networks, operate, organizations, steer
from catalog.command import Json
from catalog.command import portal as _portal
from catalog.console import WordsFirst, ledger, progress, scores, tell
from catalog.domain.datasets import Dataset
from catalog.domain.errors import SourceBrokenError
from catalog.domain.keys import Key
from catalog.domain.people import GRANTABLE, OPERATOR, Role
from catalog.domain.runs import Run, RunState
from catalog.services import asked
from catalog.services import audit as audit_services
from catalog.services import backup as backups
from catalog.services import facts as fact_services
from catalog.services import keys as key_services
from catalog.services import products as product_services
from catalog.services import runs as run_services
from catalog.services import subscriptions as subscription_services
from catalog.services.indexing import KINDS

app = typer.Typer(
    help="数源 Shuyuan: a public data catalog and trusted data space portal.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
ingest = typer.Typer(help="Bring other people's catalogs in.", no_args_is_help=True)
index = typer.Typer(help="The search index.", no_args_is_help=True)
search = typer.Typer(help="Search as a reader would, and measure it.", no_args_is_help=True, cls=WordsFirst)
keys = typer.Typer(help="API keys.", no_args_is_help=True)
products = typer.Typer(help="Data products.", no_args_is_help=True)
subscriptions = typer.Typer(help="Who is told of what is new.", no_args_is_help=True)
audit = typer.Typer(help="Who did what.", no_args_is_help=True)
facts = typer.Typer(help="Verified facts.", no_args_is_help=True)
groups = {
    "audit": audit,
    "facts": facts,
    "ingest": ingest,
    "index": index,
    "keys": keys,
    "networks": networks.app,
    "organizations": organizations.app,
    "products": products,
    "search": search,
    "subscriptions": subscriptions,
}
for name, group in groups.items():
    app.add_typer(group, name=name)
search.add_typer(steer.app, name="steer")
app.add_typer(accounts.app, name="people")

SourceId = Annotated[str, typer.Option("--source", help="Id of the source, such as luzhou.")]
Place = Annotated[str, typer.Argument(help="A file, or a web address.")]


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; SHUYUAN_HOST otherwise.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; SHUYUAN_PORT otherwise.")] = None,
    samples: Annotated[Path | None, typer.Option(help="Load this sample catalog on the first start.")] = None,
    worker: Annotated[bool, typer.Option(help="Run the worker in this process.")] = True,
) -> None:
    """Serve the portal, with the worker inside unless --no-worker is given."""
    from catalog import server

    given: dict[str, Any] = {k: v for k, v in (("host", host), ("port", port)) if v is not None}
    with _portal() as portal:
        server.serve(replace(portal, settings=portal.settings.model_copy(update=given)), samples, with_worker=worker)


@app.command()
def worker() -> None:
    """Run the worker alone, for a portal served with --no-worker."""
    from catalog import server

    with _portal() as portal:
        server.work(portal)


@ingest.command("list")
def ingest_list(
    file: Place,
    source: SourceId,
    as_json: Json = False,
    mapping: Annotated[str, typer.Option(help="A field mapping by name, a TOML file, or auto.")] = "auto",
) -> None:
    """A Chinese portal's list: JSON array, JSON lines, CSV or Excel, through a field mapping."""
    _ingest("list", file, source, mapping, as_json=as_json)


@ingest.command("ckan")
def ingest_ckan(file: Place, source: SourceId, as_json: Json = False) -> None:
    """A CKAN portal by its address, or a dump of packages as JSON lines."""
    _ingest("ckan", file, source, None, as_json=as_json)


@ingest.command("datajson")
def ingest_datajson(file: Place, source: SourceId, as_json: Json = False) -> None:
    """A data.json feed (DCAT-US 1.1)."""
    _ingest("datajson", file, source, None, as_json=as_json)


@ingest.command("runs")
def ingest_runs(as_json: Json = False, size: Annotated[int, typer.Option(help="How many.")] = 20) -> None:
    """The ledger of the latest runs."""
    with _portal(as_json) as portal:
        with portal.database.reading() as tx:
            found = run_services.recent(tx, size=size)
        tell({"runs": [_told(run) for run in found]}, as_json=as_json, text="\n".join(map(ledger, found)) or "No runs.")


def _ingest(kind: str, location: str, source: str, mapping: str | None, *, as_json: bool) -> None:
    with _portal(as_json) as portal, progress() as report:
        if not location.lower().startswith(("http://", "https://")):
            location = str(Path(location).absolute())
            if not Path(location).is_file():
                raise SourceBrokenError("There is no file {name}.", name=location)
        run = operate.ingest(portal, kind, location, source, mapping, report)
        with portal.database.reading() as tx:
            rejected = run_services.rejections(tx, run.id, size=10)
    lines = [f"  rejected row {r['position']} ({r['key']}): {r['reason']}" for r in rejected]
    tell(_told(run), as_json=as_json, text="\n".join([ledger(run), *lines]))
    if run.state is not RunState.DONE:
        raise typer.Exit(1)


def _told(run: Run) -> dict[str, Any]:
    return {k: v for k, v in asdict(run).items() if k not in {"fence", "lease_until"}} | {"balanced": run.balanced}


@index.command("rebuild")
def index_rebuild(as_json: Json = False) -> None:
    """Build a new index beside the old one, then switch."""
    with _portal(as_json) as portal, progress() as report:
        result = operate.do(portal, "rebuild", report)
    tell(result, as_json=as_json, text=f"The new index holds {result['documents']} documents.")


@index.command("rollback")
def index_rollback(as_json: Json = False) -> None:
    """Go back to the index before the last rebuild, brought up to date first."""
    with _portal(as_json) as portal, progress() as report:
        result = operate.do(portal, "rollback", report)
    tell(result, as_json=as_json, text=f"The former index serves again; it holds {result['documents']} documents.")


@index.command("vectors")
def index_vectors(as_json: Json = False) -> None:
    """Make the vectors of titles that are missing; needs SHUYUAN_VECTORS."""
    with _portal(as_json) as portal, progress() as report:
        result = operate.do(portal, "vectors", report)
    text = "computed {computed}, there are {vectors}".format(**result)
    tell(result, as_json=as_json, text=text)


@index.command("status")
def index_status(as_json: Json = False) -> None:
    """What is stored, indexed and waiting."""
    with _portal(as_json) as portal, progress() as report:
        result = operate.do(portal, "status", report)
    text = "stored {stored}, indexed {indexed}, waiting {waiting}, {bytes} bytes".format(**result)
    lines = [
        f"  {one['name']}: {one['documents']} documents, {'in force' if one['in_force'] else 'kept'}"
        for one in result["generations"]
    ]
    left = [f"  {kind}: left to the worker" for kind in result["left"]]
    tell(result, as_json=as_json, text="\n".join([text, *lines, *left]))


@index.command("check")
def index_check(
    as_json: Json = False, repair: Annotated[bool, typer.Option("--repair", help="Mend what differs.")] = False
) -> None:
    """Compare store and index by id, revision and content. Exit code 1 when they differ and were not mended."""
    with _portal(as_json) as portal, progress() as report:
        result = operate.do(portal, "check", report, repair=repair)
    text = "compared {compared}: missing {missing}, stale {stale}, wrong {wrong}, extra {extra}".format(**result)
    tell(result, as_json=as_json, text=text + (", mended" if repair else ""))
    if not repair and any(result[kind] for kind in KINDS):
        raise typer.Exit(1)


@search.command("words")
def search_words(
    words: Annotated[list[str], typer.Argument(help="What to look for.")],
    as_json: Json = False,
    size: Annotated[int, typer.Option(help="How many hits.")] = 10,
) -> None:
    """Search as a reader would."""
    with _portal(as_json) as portal, progress() as report:
        result = operate.do(portal, "search", report, words=" ".join(words), size=size)
    lines = [f"{hit['id']}  {hit['title']}  ({hit['publisher']})" for hit in result["hits"]]
    tell(result, as_json=as_json, text="\n".join([f"{result['total']} found", *lines]))


@search.command("eval")
def search_eval(
    queries: Annotated[Path, typer.Argument(help="Judged queries as JSON lines; see the documentation of search.")],
    as_json: Json = False,
    per_query: Annotated[bool, typer.Option("--per-query", help="Print each query too.")] = False,
) -> None:
    """Measure the search on judged queries: nDCG@10, MRR, recall@50, and negatives answered with nothing."""
    with _portal(as_json) as portal, progress() as report:
        result = operate.do(portal, "evaluate", report, path=str(queries.absolute()))
    tell(result, as_json=as_json, text=scores(result, per_query=per_query))


@search.command("report")
def search_report(
    kind: Annotated[str, typer.Argument(help="no-hits or unopened.")],
    as_json: Json = False,
) -> None:
    """Queries that found nothing, or whose results nobody opened; the most asked first."""
    with _portal(as_json) as portal, portal.database.reading() as tx:
        found = [asdict(counted) for counted in asked.report(tx, OPERATOR, kind)]
    lines = ["{asked:>7} asked, {found} found, {opened} opened, last {last}  {query}".format(**row) for row in found]
    tell({"queries": found}, as_json=as_json, text="\n".join(lines) or "No queries.")


def _role(name: str) -> Role:
    """A role that can be granted, by its name or its former one."""
    try:
        role = Role(name)
    except ValueError:
        role = Role.ANYBODY
    if role not in GRANTABLE:
        raise typer.BadParameter(f"One of: {', '.join(GRANTABLE)}.")
    return role


@keys.command("create")
def keys_create(
    role: Annotated[Role, typer.Option(parser=_role, metavar="ROLE", help="What the holder is, such as steward.")],
    organization: Annotated[str, typer.Option(help="Name of the holder's organization.")],
    as_json: Json = False,
) -> None:
    """Make a key of an organization. It is shown now and never again."""
    with _portal(as_json) as portal, portal.database.transaction() as tx:
        secret = key_services.create(tx, role, organization, at=portal.clock())
    tell({"key": secret, "role": role, "organization": organization}, as_json=as_json, text=secret)


@keys.command("list")
def keys_list(as_json: Json = False) -> None:
    """The keys there are, by their beginnings."""
    with _portal(as_json) as portal, portal.database.reading() as tx:
        found = tx.keys.listed()
    lines = [_key_line(key) for key in found]
    told = [asdict(key) | {"organization": key.organization_name, "scopes": sorted(key.scopes or ())} for key in found]
    tell({"keys": told}, as_json=as_json, text="\n".join(lines) or "No keys.")


def _key_line(key: Key) -> str:
    holder = f"{key.role}  {key.organization_name}" if key.role else f"person {key.person_id}"
    return f"{key.id}  {key.prefix}…  {holder}  {key.label}{'  revoked' if key.revoked_at else ''}"


@keys.command("revoke")
def keys_revoke(key_id: Annotated[str, typer.Argument(help="Id of the key, from `keys list`.")]) -> None:
    """End a key at once."""
    with _portal() as portal, portal.database.transaction() as tx:
        key_services.revoke(tx, OPERATOR, key_id, at=portal.clock())
    typer.echo("The key is revoked.")


@products.command("register")
def products_register(
    record: Annotated[Path, typer.Argument(help="The product as JSON; see the data model.")],
    file: Annotated[Path, typer.Option(help="Its file.")],
    as_json: Json = False,
) -> None:
    """Register a data product with its file."""
    with _portal(as_json) as portal, progress() as report:
        dataset = Dataset.model_validate_json(record.read_bytes())
        with file.open("rb") as upload:
            stored = product_services.register(
                portal.database, OPERATOR, dataset, upload, file.name, portal.uploads, at=portal.clock()
            )
        operate.make_findable(portal, report)
    tell({"id": stored.id, "revision": stored.revision}, as_json=as_json, text=f"Registered as {stored.id}.")


@subscriptions.command("list")
def subscriptions_list(as_json: Json = False) -> None:
    """The subscriptions there are, with their addresses, and how many notices wait to be sent."""
    with _portal(as_json) as portal, portal.database.reading() as tx:
        found = subscription_services.listed(tx)
    lines = ["{id}  {channel}  {frequency}  {state}  {waiting} waiting  {address}  {search}".format(**s) for s in found]
    tell({"subscriptions": found}, as_json=as_json, text="\n".join(lines) or "No subscriptions.")


@subscriptions.command("remove")
def subscriptions_remove(
    subscription_id: Annotated[str, typer.Argument(help="Id of the subscription, from `subscriptions list`.")],
) -> None:
    """End a subscription and delete its address, and what was still to be sent to it."""
    with _portal() as portal, portal.database.transaction() as tx:
        subscription_services.remove(tx, subscription_id, actor="operator", at=portal.clock())
    typer.echo("The subscription is removed.")


@audit.command("check")
def audit_check(as_json: Json = False) -> None:
    """Compute the digests of personal data again. Exit code 1 when an entry was changed."""
    with _portal(as_json) as portal:
        result = audit_services.check(portal.database)
    text = "intact {intact}, erased {erased}, changed {changed}".format(**result)
    named = [f"  changed: entry {number}" for number in result["entries"]]
    tell(result, as_json=as_json, text="\n".join([text, *named]))
    if result["changed"]:
        raise typer.Exit(1)


@facts.command("import")
def facts_import(
    file: Annotated[Path, typer.Argument(help="CSV: subject, kind, value, evidence, valid_from, valid_until.")],
    as_json: Json = False,
) -> None:
    """Issue facts from a CSV file, all of them or none."""
    with _portal(as_json) as portal, portal.database.transaction() as tx:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            wanted = fact_services.read_csv(lines)
        made = fact_services.import_all(tx, OPERATOR, wanted, at=portal.clock())
    tell({"issued": len(made)}, as_json=as_json, text=f"{len(made)} facts are issued.")


@app.command()
def backup(target: Annotated[Path, typer.Argument(help="The tar file to write.")], as_json: Json = False) -> None:
    """Write every table and kept file into one tar file, while the portal goes on."""
    with _portal(as_json) as portal:
        told = backups.backup(portal.database, portal.settings.files_folder, target.absolute(), at=portal.clock())
    rows = sum(table["rows"] for table in told["tables"].values())
    tell(told, as_json=as_json, text=f"{rows} rows are in {target}.")


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A tar file of `shuyuan backup`.")], as_json: Json = False
) -> None:
    """Fill an empty installation from a backup, and build its index."""
    with _portal(as_json) as portal, progress() as report:
        told = backups.restore(portal.database, portal.settings.files_folder, source)
        built = operate.do(portal, "rebuild", report)
    tell(told | built, as_json=as_json, text=f"Restored; {built['documents']} documents are searchable.")
