"""The gateway of web/gateway, for its tests and its benchmark."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "web" / "gateway"
# Where need_npm of setup.sh installs the packages.
INSTALLED = ROOT / "build" / "web" / "gateway" / "node_modules"


def has_packages():
    """Tells whether the gateway finds its packages. Node looks for those of
    ES modules beside the sources only: a link there leads to the installed
    ones, unless somebody runs `npm ci` there."""
    beside = SOURCES / "node_modules"
    if not beside.exists() and INSTALLED.is_dir():
        beside.unlink(missing_ok=True)
        try:
            beside.symlink_to(INSTALLED)
        except FileExistsError:
            # Another test was quicker.
            pass
    return (beside / "socket.io").is_dir()
