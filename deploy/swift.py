"""OpenStack Swift with its S3 API as four processes of this machine: a real object store that checks signatures.

Belongs here: its configuration and commands. Does not belong here: who starts them (`cluster.py`).
"""

import getpass
import subprocess
from collections.abc import Mapping
from pathlib import Path

RINGS = ("account", "container", "object")
PIPELINE = (
    "catch_errors healthcheck proxy-logging cache listing_formats bulk s3api tempauth slo dlo versioned_writes "
    "symlink copy container-quotas proxy-logging proxy-server"
)


def configure(folder: Path, programs: Path, ports: Mapping[str, int], key: str, secret: str) -> dict[str, list[str]]:
    """Write the configuration of a store in `folder`, and return the command of each of its processes by name.

    programs: the folder of Swift's commands. ports: of `proxy` and each ring. key: as `account:user`, with `secret`.
    """
    etc, disk = folder / "etc", folder / "disks" / "d1"
    for each in (etc, disk):
        each.mkdir(parents=True, exist_ok=True)
    salts = "[swift-hash]\nswift_hash_path_suffix = studio\nswift_hash_path_prefix = studio\n"
    (etc / "swift.conf").write_text(f"{salts}[swift-constraints]\nmax_file_size = 5368709122\n", encoding="utf-8")
    for ring in RINGS:
        (etc / f"{ring}-server.conf").write_text(_server(ring, ports[ring], etc, disk.parent), encoding="utf-8")
        _build_ring(programs, etc, ring, ports[ring])
    (etc / "proxy-server.conf").write_text(_proxy(ports["proxy"], etc, key, secret), encoding="utf-8")
    return {
        name: [str(programs / f"swift-{name}-server"), str(etc / f"{name}-server.conf")] for name in (*RINGS, "proxy")
    }


def _build_ring(programs: Path, etc: Path, ring: str, port: int) -> None:
    """A ring of one disk, built anew, because the port may be another one."""
    for old in etc.glob(f"{ring}.*"):
        old.unlink()
    steps = (["create", "4", "1", "0"], ["add", f"r1z1-127.0.0.1:{port}/d1", "1"], ["rebalance"])
    for step in steps:
        command = [str(programs / "swift-ring-builder"), f"{ring}.builder", *step]
        subprocess.run(command, cwd=etc, check=True, stdout=subprocess.DEVNULL)


def _common(port: int, etc: Path) -> str:
    return f"""[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
swift_dir = {etc}
user = {getpass.getuser()}
log_address = /nonexistent
log_level = WARNING
"""


def _server(ring: str, port: int, etc: Path, disks: Path) -> str:
    return f"""{_common(port, etc)}devices = {disks}
mount_check = false
fallocate_reserve = 0
[pipeline:main]
pipeline = {ring}-server
[app:{ring}-server]
use = egg:swift#{ring}
fsync = off
"""


def _proxy(port: int, etc: Path, key: str, secret: str) -> str:
    account, _, user = key.partition(":")
    filters = {
        "catch_errors": "",
        "healthcheck": "",
        "proxy-logging": "access_log_level = DEBUG",
        "cache": "memcache_servers = 127.0.0.1:1\nconnect_timeout = 0.02\nerror_suppression_interval = 3600",
        "listing_formats": "",
        "bulk": "",
        "s3api": "s3_acl = false\nlocation = us-east-1\nallow_multipart_uploads = true\ncheck_bucket_owner = false",
        "tempauth": f"user_{account}_{user} = {secret} .admin .reseller_admin",
        "slo": "",
        "dlo": "",
        "versioned_writes": "allow_object_versioning = true",
        "symlink": "",
        "copy": "",
        "container-quotas": "",
    }
    uses = {"proxy-logging": "proxy_logging", "cache": "memcache", "container-quotas": "container_quotas"}
    parts = [f"[filter:{name}]\nuse = egg:swift#{uses.get(name, name)}\n{rest}\n" for name, rest in filters.items()]
    return f"""{_common(port, etc)}[pipeline:main]
pipeline = {PIPELINE}
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
object_post_as_copy = false
{"".join(parts)}"""
