"""What is in an image -> CycloneDX 1.6 as JSON, the same bytes for the same contents. Reads nothing.

Debian packages and Python distributions are components; the hashes of a lock stand with the distribution that they are
of, as those of the files that an index has of it: which of them was installed here is not known. Written with the
standard's own library.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from packaging.utils import canonicalize_name

from tts_doctor import __version__
from tts_doctor.errors import DoctorError
from tts_doctor.model.image_diff import Packed

INDEX = "https://pypi.org/simple/{}/"


def sbom_json(
    name: str, packages: Sequence[Packed], hashes: Mapping[tuple[str, str], Sequence[str]], debian: str, epoch: int
) -> str:
    """The document. `hashes`: SHA-256 by canonical name and version; `debian`: the release, as `bookworm`, or empty.

    Raises DoctorError where the library is not installed.
    """
    try:
        from cyclonedx.model.bom import Bom, BomMetaData
        from cyclonedx.model.component import Component, ComponentType
        from cyclonedx.output import make_outputter
        from cyclonedx.schema import OutputFormat, SchemaVersion
    except ImportError:
        raise DoctorError(
            "the library for CycloneDX is not installed",
            "未安装 CycloneDX 库",
            hint_en="uv tool install 'tts-doctor[images]'",
            hint_zh="uv tool install 'tts-doctor[images]'",
        ) from None
    whole = Component(name=name, type=ComponentType.CONTAINER, bom_ref="image")
    tool = Component(name="tts-doctor", version=__version__, type=ComponentType.APPLICATION, bom_ref="tts-doctor")
    when = datetime.fromtimestamp(epoch, timezone.utc)
    bom = Bom(metadata=BomMetaData(component=whole, tools=None, timestamp=when), serial_number=_serial(packages))
    bom.metadata.tools.components.add(tool)
    parts = [_component(package, hashes, debian) for package in packages]
    bom.components.update(parts)
    bom.register_dependency(whole, parts)
    written: str = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)
    return written + "\n"


def _component(package: Packed, hashes: Mapping[tuple[str, str], Sequence[str]], debian: str) -> Any:
    from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

    known = hashes.get((canonicalize_name(package.name), package.version), ())
    digests = [HashType(alg=HashAlgorithm.SHA_256, content=value) for value in known]
    if package.kind == "debian":
        qualifiers = {"distro": f"debian-{debian}"} if debian else {}
        purl = PackageURL("deb", "debian", package.name, package.version, qualifiers)
    else:
        purl = PackageURL("pypi", None, canonicalize_name(package.name), package.version)
    page = XsUri(INDEX.format(canonicalize_name(package.name)))
    source = [ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=page, hashes=digests)] if digests else []
    return Component(
        name=package.name,
        version=package.version,
        purl=purl,
        bom_ref=f"{purl}#{package.place}",
        hashes=digests if len(digests) == 1 else [],
        external_references=source,
        properties=[Property(name="tts-doctor:place", value=f"/{package.place}")],
    )


def _serial(packages: Sequence[Packed]) -> uuid.UUID:
    listed = "\n".join(f"{p.kind} {p.name} {p.version} {p.place}" for p in packages)
    return uuid.uuid5(uuid.NAMESPACE_URL, "tts-doctor:" + hashlib.sha256(listed.encode()).hexdigest())
