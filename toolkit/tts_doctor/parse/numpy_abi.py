"""What NumPy C-ABI an extension module was compiled for, from its bytes.

Code that calls `import_array` carries, from the header `__multiarray_api.h` of the NumPy it was compiled with, the name
of the module whose `_ARRAY_API` it asks for and the message of its own version check. Headers of NumPy 2 know
`numpy._core` and fall back to `numpy.core`, so their products load under NumPy 1 as well; those of NumPy 1 know
`numpy.core` alone, whose `_ARRAY_API` NumPy 2 refuses. pybind11 before 2.12 looks the table up on its own and reads
structs that NumPy 2 changed.
Never says that a module is unfit; that depends on the NumPy installed.
"""

from __future__ import annotations

import re
import struct

from tts_doctor.parse.elf import Data, sections

TABLE = b"_ARRAY_API"
OWN_CHECK = b"module compiled against ABI version"
NUMPY_2_NAME = b"numpy._core"
PYBIND_NAME = b"numpy.core.multiarray\0"
API_MESSAGES = (b"module compiled against API version", b"module was compiled against NumPy C-API version")
LARGEST_DATA = 64 << 20
LARGEST_CODE = 16 << 20
LOAD_FORMAT = re.compile(rb"\x48\x8d\x35(....)", re.DOTALL)
LOAD_VERSION = re.compile(rb"\xba(.\0\0\0)", re.DOTALL)
NEAR = 48


def numpy_abi(data: Data) -> str:
    """`2`: compiled with NumPy 2, loads under both; `1`: NumPy 1 only; `1?`: pybind11 before 2.12, misreads NumPy 2.

    Empty where it does not use the C API, or is larger than what is looked at. Raises ElfError.
    """
    for section in sections(data, b".rodata"):
        if section.size > LARGEST_DATA:
            continue
        text = bytes(data[section.offset : section.offset + section.size])
        if TABLE not in text:
            continue
        if NUMPY_2_NAME in text:
            return "2"
        if OWN_CHECK in text:
            return "1"
        if PYBIND_NAME in text:
            return "1?"
    return ""


def numpy_api(data: Data) -> int:
    """The C API version that the module asks for (0x10: NumPy 1.23), read from its x86-64 code; 0 where unknown.

    The check passes it as third argument, with the message as second: `mov edx, VERSION` beside `lea rsi, MESSAGE`.
    Raises ElfError.
    """
    if bytes(data[18:20]) != b"\x3e\0":
        return 0
    message = _address(data)
    if not message:
        return 0
    for section in sections(data, b".text"):
        code = bytes(data[section.offset : section.offset + min(section.size, LARGEST_CODE)])
        version = _version_beside(code, section.address, message)
        if version:
            return version
    return 0


def _address(data: Data) -> int:
    """Address of the message of the API check, 0 where it has none."""
    for section in sections(data, b".rodata"):
        text = bytes(data[section.offset : section.offset + min(section.size, LARGEST_DATA)])
        for message in API_MESSAGES:
            at = text.find(message)
            if at >= 0:
                return section.address + at
    return 0


def _version_beside(code: bytes, address: int, message: int) -> int:
    for match in LOAD_FORMAT.finditer(code):
        (distance,) = struct.unpack("<i", match.group(1))
        if address + match.end() + distance != message:
            continue
        around = code[max(0, match.start() - NEAR) : match.end() + NEAR]
        versions: list[int] = [v[0] for v in LOAD_VERSION.findall(around) if 5 <= v[0] < 0x40]
        if versions:
            return versions[0]
    return 0
