"""Which of the caller's variables a diagnosis may see. Keeps no secret."""

from __future__ import annotations

from collections.abc import Mapping

PREFIXES = (
    "PYTHON", "LD_", "SSL_", "LC_", "CONDA_", "NUMBA_", "OMP_", "MKL_", "OPENBLAS_", "KMP_", "TF_", "TORCH_",
    "PYTORCH_",
    "HF_", "TRANSFORMERS_", "PIP_", "UV_", "PROTOCOL_BUFFERS_", "XDG_", "CUDA_", "NVIDIA_", "GUNICORN_", "FLASK_",
    "DJANGO_", "MPL", "QT_", "NLTK_", "LIBROSA_", "MODELSCOPE_", "JAX_", "XLA_", "KERAS_", "GRPC_", "OPENCV_",
    "THEANO_",
    "GEVENT_", "MALLOC_", "GLIBC_", "SETUPTOOLS_", "SCIPY_", "NUMPY_", "NPY_", "PHONEMIZER_", "ESPEAK", "GDAL_",
    "PROJ_",
    "JUPYTER", "MATPLOTLIB_", "MAGICK_", "TESSDATA_",
)  # fmt: skip
NAMES = (
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "LANG", "LANGUAGE", "HOME", "VIRTUAL_ENV", "TMPDIR", "TEMP", "TMP", "PATH",
    "USER", "TERM", "DISPLAY", "TZ", "NO_PROXY", "no_proxy",
)  # fmt: skip
SUFFIXES = ("_HOME", "_ROOT", "_LIBRARY", "_DATA", "_CACHE", "_CACHE_DIR", "_PLUGINS", "_PATH")
SECRET = (
    "TOKEN",
    "PASSWORD",
    "PASSWD",
    "SECRET",
    "CREDENTIAL",
    "API_KEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
    "INDEX_URL",
    "AUTH",
)
LONGEST_VALUE = 4096


def relevant_variables(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Those that matter to Python, the loader and the libraries, sorted; values of secrets left out."""
    kept = []
    for name, value in sorted(environ.items()):
        wanted = name.startswith(PREFIXES) or name in NAMES or name.endswith(SUFFIXES)
        if wanted and not any(word in name.upper() for word in SECRET) and "@" not in value:
            kept.append((name, value[:LONGEST_VALUE]))
    return tuple(kept)
