"""Feldera's engine: the crate dbsp with the four views by hand, in dbsp_views/src/main.rs. Imported by `run`."""
import pathlib
import shutil

TITLE = "dbsp (Feldera's engine)"
MODE = "kept up to date"
PACKAGES = ("dbsp=0.349.0",)
VARIANTS = {"1 worker": (1, 100_000), "1 worker, batches of 10,000": (1, 10_000), "2 workers": (2, 100_000)}
EVENTS = 1_000_000
SETTINGS = (
    ("Batches of 100,000 events: a transaction each, after which the views' changes are taken",
     "https://docs.rs/dbsp/0.349.0/dbsp/struct.DBSPHandle.html#method.transaction"),
    ("chain_aggregate for what is appended only: a record a group and no rows of the group are kept",
     "https://docs.rs/dbsp/0.349.0/dbsp/struct.Stream.html#method.chain_aggregate"),
    ("aggregate_linear, weighted_count and distinct_count for the rest",
     "https://docs.rs/dbsp/0.349.0/dbsp/struct.Stream.html#method.distinct_count"),
    ("cargo's release profile, mimalloc as Feldera has it, no storage: all state in memory",
     "https://docs.rs/dbsp/0.349.0/dbsp/mimalloc/struct.MiMalloc.html"),
)
NOTES = (
    "By hand, in dbsp_views/src/main.rs: only columns that a view reads, event types as numbers, texts as feldera-sqllib's SqlString "
    "(reference counted), one group for the two views with the same key, parsing by serde_json.",
)
SOURCES = pathlib.Path(__file__).resolve().parent / "dbsp_views"
BUILD_SECONDS = 4 * 3600  # Nearly 500 crates: 19 minutes on two cores that are free.


def install(peer, measured, log):
    """cargo needs the network, once. Below the build folder, with its lock file."""
    crate = peer.folder / "crate"
    shutil.rmtree(crate, ignore_errors=True)
    shutil.copytree(SOURCES, crate)
    measured(["cargo", "build", "--release", "--manifest-path", crate / "Cargo.toml", "--target-dir", peer.folder / "target"], log,
             BUILD_SECONDS)


def stamp():
    """A changed program is built anew."""
    return [path.read_text() for path in sorted(SOURCES.rglob("*.*")) if path.is_file()]


def version(_):
    return PACKAGES[0].partition("=")[2]


def command(peer, variant, events, results):
    workers, batch = VARIANTS[variant]
    return [peer.folder / "target/release/dbsp_views", workers, batch, events, *([results] if results else [])]
