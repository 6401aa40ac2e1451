"""Error texts as people paste them, each with the culprit and the first step of the repair that must come out first."""

from __future__ import annotations

from typing import NamedTuple

S = "/opt/app/venv/lib/python3.10/site-packages/"
M = "<module>"


class Row(NamedTuple):
    """`target` empty: any."""

    name: str
    text: str
    packages: dict[str, str]
    culprit: str
    action: str
    target: str = ""
    python: str = "3.10"


def tb(*frames: tuple[str, str, str], err: str) -> str:
    lines = [
        f'  File "{file}", line {n}, in {function}\n    {code}\n' for n, (file, function, code) in enumerate(frames, 3)
    ]
    return "Traceback (most recent call last):\n" + "".join(lines) + err


ROWS = (
    Row(
        "flask-url_quote",
        tb(
            ("/opt/app/app.py", M, "from flask import Flask"),
            (S + "flask/__init__.py", M, "from .app import Flask"),
            (S + "flask/app.py", M, "from werkzeug.urls import url_quote"),
            err=f"ImportError: cannot import name 'url_quote' from 'werkzeug.urls' ({S}werkzeug/urls.py)",
        ),
        {"flask": "2.2.2", "werkzeug": "3.0.1"},
        "werkzeug",
        "pin",
        "werkzeug",
    ),
    Row(
        "np.float unnamed pkg",
        tb(
            ("/opt/app/run.py", M, "import librosa"),
            (S + "resampy/interpn.py", M, "x = np.float(1)"),
            (S + "numpy/__init__.py", "__getattr__", "raise AttributeError"),
            err="AttributeError: module 'numpy' has no attribute 'float'.\n`np.float` was a deprecated alias for the builtin `float`.",
        ),
        {"numpy": "1.24.1", "resampy": "0.2.2"},
        "numpy",
        "pin",
        "numpy",
    ),
    Row(
        "own np.bool",
        tb(
            ("/opt/app/run.py", M, "x = np.bool(1)"),
            (S + "numpy/__init__.py", "__getattr__", "raise AttributeError"),
            err="AttributeError: module 'numpy' has no attribute 'bool'.",
        ),
        {"numpy": "1.24.1"},
        "numpy",
        "pin",
        "numpy",
    ),
    Row(
        "ANTIALIAS",
        tb(
            ("/opt/app/run.py", M, "import tensorboardX"),
            (S + "tensorboardX/summary.py", "make_image", "image = image.resize((w,h), Image.ANTIALIAS)"),
            err="AttributeError: module 'PIL.Image' has no attribute 'ANTIALIAS'",
        ),
        {"Pillow": "10.1.0", "tensorboardX": "2.0"},
        "pillow",
        "pin",
        "pillow",
    ),
    Row(
        "httpx proxies",
        tb(
            ("/opt/app/run.py", M, "client = OpenAI()"),
            (S + "openai/_client.py", "__init__", "super().__init__("),
            (S + "openai/_base_client.py", "__init__", "super().__init__("),
            err="TypeError: Client.__init__() got an unexpected keyword argument 'proxies'",
        ),
        {"openai": "1.40.0", "httpx": "0.28.0"},
        "httpx",
        "pin",
        "httpx",
    ),
    Row(
        "librosa mel pos",
        tb(
            ("/opt/app/run.py", M, "mel = librosa_mel_fn(sr, n_fft, num_mels, fmin, fmax)"),
            err="TypeError: mel() takes 0 positional arguments but 5 were given",
        ),
        {"librosa": "0.10.1"},
        "librosa",
        "pin",
        "librosa",
    ),
    Row(
        "functional_tensor",
        tb(
            (
                S + "basicsr/data/degradations.py",
                M,
                "from torchvision.transforms.functional_tensor import rgb_to_grayscale",
            ),
            err="ModuleNotFoundError: No module named 'torchvision.transforms.functional_tensor'",
        ),
        {"torchvision": "0.17.0", "basicsr": "1.4.2"},
        "torchvision",
        "pin",
        "torchvision",
    ),
    Row(
        "keyerr distutils",
        tb(
            (S + "tensorflow/__init__.py", M, "import distutils as _distutils"),
            err="ModuleNotFoundError: No module named 'distutils'",
        ),
        {"tensorflow": "2.12"},
        "setuptools",
        "install",
        "setuptools",
        python="3.12",
    ),
    Row(
        "libGL",
        tb(
            ("/a.py", M, "import cv2"),
            (S + "cv2/__init__.py", M, "from .cv2 import *"),
            err="ImportError: libGL.so.1: cannot open shared object file: No such file or directory",
        ),
        {"opencv-python": "4.8.0.74"},
        "libgl1",
        "system-package",
        "libgl1",
    ),
    Row(
        "libsndfile",
        tb(
            ("/a.py", M, "import soundfile"),
            (S + "soundfile.py", M, "raise OSError('sndfile library not found')"),
            err="OSError: sndfile library not found",
        ),
        {"soundfile": "0.10.3"},
        "libsndfile1",
        "system-package",
        "libsndfile1",
    ),
    Row(
        "sklearn missing",
        tb(("/a.py", M, "import sklearn"), err="ModuleNotFoundError: No module named 'sklearn'"),
        {},
        "scikit-learn",
        "install",
        "scikit-learn",
    ),
    Row("yaml missing", "ModuleNotFoundError: No module named 'yaml'", {}, "pyyaml", "install", "pyyaml"),
    Row(
        "numba numpy guard",
        tb(
            (S + "librosa/__init__.py", M, "import numba"),
            (S + "numba/__init__.py", "_ensure_critical_deps", "raise ImportError(msg)"),
            err="ImportError: Numba needs NumPy 1.26 or less",
        ),
        {"numba": "0.58.1", "numpy": "2.0.1"},
        "numpy",
        "pin",
        "numpy",
    ),
    Row(
        "hub guard",
        tb(
            (S + "transformers/utils/versions.py", "require_version", "_compare"),
            err="ImportError: tokenizers>=0.14,<0.19 is required for a normal functioning of this module, but found tokenizers==0.19.1.\nTry: pip install transformers -U or pip install -e '.[dev]' if you're working with git main",
        ),
        {"transformers": "4.38", "tokenizers": "0.19.1"},
        "tokenizers",
        "pin",
        "tokenizers",
    ),
    Row(
        "accelerate",
        tb(
            (S + "transformers/training_args.py", "_setup_devices", "raise ImportError("),
            err="ImportError: Using the `Trainer` with `PyTorch` requires `accelerate>=0.26.0`: Please run `pip install transformers[torch]` or `pip install 'accelerate>=0.26.0'`",
        ),
        {"transformers": "4.48.0"},
        "accelerate",
        "install",
        "accelerate",
    ),
    Row(
        "pip conflict",
        "ERROR: pip's dependency resolver does not currently take into account all the packages that are installed. This behaviour is the source of the following dependency conflicts.\nnumba 0.56.4 requires numpy<1.24,>=1.18, but you have numpy 1.26.4 which is incompatible.\nSuccessfully installed numpy-1.26.4",
        {},
        "numpy",
        "pin",
        "numpy",
    ),
    Row(
        "pip resolution",
        "ERROR: Cannot install modelscope==1.11.0 and datasets==2.13.0 because these package versions have conflicting dependencies.\n\nThe conflict is caused by:\n    The user requested datasets==2.13.0\n    modelscope 1.11.0 depends on datasets>=2.14.5\n\nTo fix this you could try to:\n1. loosen the range\n\nERROR: ResolutionImpossible: for help visit https://pip.pypa.io",
        {},
        "datasets",
        "pin",
        "datasets",
    ),
    Row(
        "uv no solution",
        "  × No solution found when resolving dependencies:\n  ╰─▶ Because modelscope==1.11.0 depends on datasets>=2.14.5 and you require datasets==2.13.0, we can conclude that you require modelscope==1.11.0 are incompatible.",
        {},
        "datasets",
        "pin",
        "datasets",
    ),
    Row(
        "uv py",
        "  × No solution found when resolving dependencies:\n  ╰─▶ Because the current Python version (3.8.18) does not satisfy Python>=3.9 and scipy==1.12.0 depends on Python>=3.9, we can conclude that scipy==1.12.0 cannot be used.",
        {},
        "scipy",
        "change-python",
        "",
    ),
    Row(
        "no matching",
        "ERROR: Ignored the following versions that require a different python version: 1.6.2 Requires-Python >=3.7,<3.10; 1.7.0 Requires-Python >=3.7,<3.10\nERROR: Could not find a version that satisfies the requirement torch==1.13.1 (from versions: 2.6.0, 2.7.0)\nERROR: No matching distribution found for torch==1.13.1",
        {},
        "torch",
        "change-python",
        "",
    ),
    Row(
        "externally",
        "error: externally-managed-environment\n\n× This environment is externally managed\n╰─> To install Python packages system-wide, try apt install\n    python3-xyz",
        {},
        "python",
        "code-change",
        "",
    ),
    Row(
        "pyaudio",
        "  src/pyaudio/device_api.c:9:10: fatal error: portaudio.h: No such file or directory\n      9 | #include \"portaudio.h\"\n  compilation terminated.\n  error: command '/usr/bin/gcc' failed with exit code 1\n  ERROR: Failed building wheel for pyaudio",
        {},
        "portaudio19-dev",
        "system-package",
        "portaudio19-dev",
    ),
    Row(
        "gcc",
        "  building '_webrtcvad' extension\n  error: command 'gcc' failed: No such file or directory\n  [end of output]\n\n  note: This error originates from a subprocess, and is likely not a problem with pip.\n  ERROR: Failed building wheel for webrtcvad",
        {"webrtcvad": "2.0.10"},
        "build-essential",
        "system-package",
        "build-essential",
    ),
    Row(
        "glibcxx",
        tb(
            ("/a.py", M, "import pandas"),
            (S + "pandas/_libs/__init__.py", M, "from pandas._libs.interval import Interval"),
            err="ImportError: /lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.29' not found (required by /opt/app/venv/lib/python3.10/site-packages/pandas/_libs/x.so)",
        ),
        {},
        "libstdc++6",
        "system-package",
        "libstdc++6",
    ),
    Row(
        "nvjitlink",
        tb(
            (S + "torch/__init__.py", M, "from torch._C import *"),
            err=f"ImportError: {S}torch/lib/../../nvidia/cusparse/lib/libcusparse.so.12: undefined symbol: __nvJitLinkAddData_12_1, version libnvJitLink.so.12",
        ),
        {"torch": "2.2.0"},
        "nvidia-nvjitlink-cu12",
        "install",
        "nvidia-nvjitlink-cu12",
    ),
    Row(
        "flash attn symbol",
        tb(
            (S + "flash_attn/flash_attn_interface.py", M, "import flash_attn_2_cuda"),
            err=f"ImportError: {S}flash_attn_2_cuda.cpython-310-x86_64-linux-gnu.so: undefined symbol: _ZN3c104cuda9SetDeviceEi",
        ),
        {"flash-attn": "2.5.0", "torch": "2.3.0"},
        "flash-attn",
        "reinstall",
        "flash-attn",
    ),
    Row(
        "torchtext sym",
        tb(
            (S + "torchtext/__init__.py", M, "_init_extension()"),
            err=f"OSError: {S}torchtext/lib/libtorchtext.so: undefined symbol: _ZN2at4_ops5zeros4callE",
        ),
        {"torch": "2.3.0", "torchtext": "0.17.2"},
        "torchtext",
        "pin",
        "torchtext",
    ),
    Row(
        "cudnn lib",
        "Could not load library libcudnn_ops_infer.so.8. Error: libcudnn_ops_infer.so.8: cannot open shared object file: No such file or directory\nPlease make sure libcudnn_ops_infer.so.8 is in your library path!\nAborted (core dumped)",
        {"faster-whisper": "1.0.0", "ctranslate2": "4.4.0"},
        "nvidia-cudnn-cu12",
        "install",
        "nvidia-cudnn-cu12",
    ),
    Row(
        "cublas12",
        tb(
            (S + "faster_whisper/transcribe.py", "encode", "return self.model.encode(features)"),
            err="RuntimeError: Library libcublas.so.12 is not found or cannot be loaded",
        ),
        {"faster-whisper": "1.0.0", "ctranslate2": "4.4.0"},
        "nvidia-cublas-cu12",
        "install",
        "nvidia-cublas-cu12",
    ),
    Row(
        "shadow random",
        tb(
            ("/home/u/p/train.py", M, "import numpy as np"),
            (S + "numpy/__init__.py", M, "from . import random"),
            (S + "numpy/random/_pickle.py", M, "from .mtrand import RandomState"),
            ("/usr/lib/python3.10/secrets.py", M, "from random import SystemRandom"),
            ("/home/u/p/random.py", M, "import numpy as np"),
            err="ImportError: cannot import name 'SystemRandom' from partially initialized module 'random' (most likely due to a circular import) (/home/u/p/random.py)",
        ),
        {"numpy": "1.26"},
        "random.py",
        "rename",
        "random.py",
    ),
    Row(
        "shadow datasets",
        "$ python main.py\n"
        + tb(
            ("/home/u/p/main.py", M, "from datasets import load_dataset"),
            err="ImportError: cannot import name 'load_dataset' from 'datasets' (/home/u/p/datasets.py)",
        ),
        {"datasets": "2.14"},
        "datasets.py",
        "rename",
        "datasets.py",
    ),
    Row(
        "3.13 rename",
        "$ python main.py\n"
        + tb(
            ("/home/u/p/main.py", M, "import queue"),
            err="AttributeError: module 'queue' has no attribute 'Queue' (consider renaming '/home/u/p/queue.py' since it has the same name as the standard library module named 'queue' and the import system gives it precedence)",
        ),
        {},
        "queue.py",
        "rename",
        "queue.py",
    ),
    Row(
        "numpy 88 96",
        tb(
            ("/a.py", M, "import hdbscan"),
            (S + "hdbscan/__init__.py", M, "from .hdbscan_ import HDBSCAN"),
            ("hdbscan/_hdbscan_tree.pyx", M, "x"),
            err="ValueError: numpy.ndarray size changed, may indicate binary incompatibility. Expected 88 from C header, got 80 from PyObject",
        ),
        {"hdbscan": "0.8.27", "numpy": "1.19.5"},
        "numpy",
        "pin",
        "numpy",
    ),
    Row(
        "numpy api",
        "RuntimeError: module compiled against API version 0xe but this version of numpy is 0xd\n"
        + tb(
            ("/a.py", M, "import pycocotools"),
            (S + "pycocotools/mask.py", M, "import pycocotools._mask as _mask"),
            err="ImportError: numpy.core.multiarray failed to import",
        ),
        {"numpy": "1.19.5", "pycocotools": "2.0.2"},
        "numpy",
        "pin",
        "numpy",
    ),
    Row(
        "np2 fresh 88->96",
        tb(
            (S + "sklearn/__init__.py", M, "x"),
            ("sklearn/utils/murmurhash.pyx", M, "x"),
            err="ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 88 from C header, got 96 from PyObject",
        ),
        {"numpy": "1.26.4", "scikit-learn": "1.5"},
        "numpy",
        "pin",
        "numpy",
    ),
    Row(
        "hf offline",
        tb(
            (S + "transformers/utils/hub.py", "cached_file", "raise EnvironmentError("),
            err="OSError: We couldn't connect to 'https://huggingface.co' to load this file, couldn't find it in the cached files and it looks like bert-base is not the path to a directory",
        ),
        {"transformers": "4.30"},
        "network",
        "env-var",
        "HF_ENDPOINT",
    ),
    Row(
        "hub retry",
        tb(
            (S + "urllib3/util/retry.py", "increment", "raise MaxRetryError"),
            err="urllib3.exceptions.MaxRetryError: HTTPSConnectionPool(host='huggingface.co', port=443): Max retries exceeded with url: /x (Caused by NewConnectionError('<urllib3>: Failed to establish a new connection: [Errno 101] Network is unreachable'))",
        ),
        {},
        "network",
        "env-var",
        "HF_ENDPOINT",
    ),
    Row(
        "cert",
        tb(
            (S + "requests/adapters.py", "send", "raise SSLError(e, request=request)"),
            err="requests.exceptions.SSLError: HTTPSConnectionPool(host='huggingface.co', port=443): Max retries exceeded with url: / (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1006)')))",
        ),
        {},
        "network",
        "env-var",
        "SSL_CERT_FILE",
    ),
    Row(
        "sm90",
        tb(
            (S + "torch/nn/functional.py", "x", "x"),
            err="RuntimeError: CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors might be asynchronously reported",
        ),
        {"torch": "1.13.1"},
        "torch",
        "reinstall",
        "torch",
    ),
    Row(
        "oom",
        tb(
            (S + "torch/nn/functional.py", "x", "x"),
            err="torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB",
        ),
        {},
        "memory limit",
        "code-change",
        "",
    ),
    Row(
        "weights",
        tb(
            ("/a.py", M, "m = torch.load(p)"),
            (S + "torch/serialization.py", "load", "raise pickle.UnpicklingError(_get_wo_message(str(e))) from None"),
            err="_pickle.UnpicklingError: Weights only load failed. This file can still be loaded",
        ),
        {"torch": "2.6.0"},
        "torch",
        "env-var",
        "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD",
    ),
    Row(
        "shm",
        "ERROR: Unexpected bus error encountered in worker. This might be caused by insufficient shared memory (shm).\n"
        + tb(
            ("/a.py", M, "x"),
            err="RuntimeError: DataLoader worker (pid 123) is killed by signal: Bus error. It is possible that dataloader's workers are out of shared memory.",
        ),
        {},
        "/dev/shm",
        "code-change",
        "",
    ),
    Row(
        "gevent",
        "Error: class uri 'gevent' invalid or not found:\n\n[Traceback (most recent call last):\n  File \"/opt/app/venv/lib/python3.10/site-packages/gunicorn/workers/ggevent.py\", line 14, in <module>\n    import gevent\nModuleNotFoundError: No module named 'gevent'\n\nDuring handling of the above exception, another exception occurred:\n\nRuntimeError: gevent worker requires gevent 1.4 or higher\n]",
        {"gunicorn": "20.1.0"},
        "gevent",
        "install",
        "gevent",
    ),
    Row(
        "addr",
        "[2026-01-01 00:00:00 +0000] [1] [ERROR] Connection in use: ('0.0.0.0', 8000)\n[2026-01-01 00:00:00 +0000] [1] [ERROR] Retrying in 1 second.",
        {},
        "port",
        "code-change",
        "",
    ),
    Row(
        "static tls",
        tb(
            ("/a.py", M, "import sklearn"),
            (S + "sklearn/__check_build/__init__.py", M, "x"),
            err=f"ImportError: {S}scikit_learn.libs/libgomp-d22c30c5.so.1.0.0: cannot allocate memory in static TLS block",
        ),
        {},
        "libgomp1",
        "env-var",
        "LD_PRELOAD",
    ),
    Row(
        "elf header",
        tb(
            (S + "numpy/core/__init__.py", M, "x"),
            err=f"ImportError: {S}cryptography/hazmat/bindings/_rust.abi3.so: invalid ELF header",
        ),
        {"cryptography": "42.0.8"},
        "cryptography",
        "reinstall",
        "cryptography",
    ),
    Row(
        "dot",
        tb(
            (S + "graphviz/backend/execute.py", "run_check", "raise ExecutableNotFound(cmd) from e"),
            err="graphviz.backend.execute.ExecutableNotFound: failed to execute PosixPath('dot'), make sure the Graphviz executables are on your systems' PATH",
        ),
        {"graphviz": "0.20"},
        "graphviz",
        "system-package",
        "graphviz",
    ),
    Row(
        "pkg dist",
        tb(
            (S + "pkg_resources/__init__.py", "resolve", "raise DistributionNotFound(req, requirers)"),
            err="pkg_resources.DistributionNotFound: The 'google-api-core<3,>=1.0' distribution was not found and is required by the application",
        ),
        {},
        "google-api-core",
        "install",
        "google-api-core",
    ),
    Row(
        "vconflict",
        tb(
            (S + "pkg_resources/__init__.py", "resolve", "raise"),
            err="pkg_resources.ContextualVersionConflict: (protobuf 3.6.1 (/x/site-packages), Requirement.parse('protobuf>=3.19.0'), {'tensorboard'})",
        ),
        {"protobuf": "3.6.1"},
        "protobuf",
        "pin",
        "protobuf",
    ),
    Row(
        "typing union",
        tb(
            (S + "foo_tts/x.py", M, "def f(a: int | None):"),
            err="TypeError: unsupported operand type(s) for |: 'type' and 'NoneType'",
        ),
        {"foo-tts": "1"},
        "python",
        "change-python",
        "",
    ),
    Row(
        "cpp20 collections",
        tb(
            (S + "chainer/x.py", M, "class A(collections.MutableMapping)"),
            err="AttributeError: module 'collections' has no attribute 'MutableMapping'",
        ),
        {"chainer": "6.0"},
        "chainer",
        "change-python",
        "",
    ),
    Row(
        "google",
        tb(
            (S + "tensorboard/x.py", M, "from google.protobuf.internal import builder as _builder"),
            err=f"ImportError: cannot import name 'builder' from 'google.protobuf.internal' ({S}google/protobuf/internal/__init__.py)",
        ),
        {"protobuf": "3.19.6"},
        "protobuf",
        "pin",
        "protobuf",
    ),
    Row(
        "dtype tensorrt",
        tb(("/a.py", M, "from TTS.api import TTS"), err="ModuleNotFoundError: No module named 'TTS'"),
        {},
        "coqui-tts",
        "install",
        "coqui-tts",
    ),
    Row(
        "pyannote hub kw",
        tb(
            (S + "pyannote/audio/core/pipeline.py", "from_pretrained", "config_yml = hf_hub_download("),
            (S + "huggingface_hub/utils/_validators.py", "_inner_fn", "return fn(*args, **kwargs)"),
            err="TypeError: hf_hub_download() got an unexpected keyword argument 'use_auth_token'",
        ),
        {"pyannote.audio": "3.1.1", "huggingface-hub": "1.0.1"},
        "huggingface-hub",
        "pin",
        "huggingface-hub",
    ),
    Row(
        "speechbrain set_audio",
        tb(
            (
                S + "speechbrain/utils/torch_audio_backend.py",
                "check_torchaudio_backend",
                "available_backends = torchaudio.list_audio_backends()",
            ),
            err="AttributeError: module 'torchaudio' has no attribute 'list_audio_backends'",
        ),
        {"torchaudio": "2.9.0", "torch": "2.9.0"},
        "torchaudio",
        "pin",
        "torchaudio",
    ),
    Row(
        "resampy",
        tb(
            (S + "librosa/core/audio.py", "resample", "import resampy"),
            err="ModuleNotFoundError: No module named 'resampy'",
        ),
        {"librosa": "0.10"},
        "resampy",
        "install",
        "resampy",
    ),
    Row(
        "rank0",
        "\n".join(
            "[rank0]: " + l
            for l in tb(("/a.py", M, "x"), err="ModuleNotFoundError: No module named 'deepspeed'").splitlines()
        ),
        {},
        "deepspeed",
        "install",
        "deepspeed",
    ),
    Row(
        "rich",
        "╭───────────────── Traceback (most recent call last) ─────────────────╮\n│ /opt/app/venv/lib/python3.10/site-packages/gradio/oauth.py:13 in     │\n│ <module>                                                             │\n│                                                                      │\n│ ❱ 13 from huggingface_hub import HfFolder, whoami                    │\n╰──────────────────────────────────────────────────────────────────────╯\nImportError: cannot import name 'HfFolder' from 'huggingface_hub' (/opt/app/venv/lib/python3.10/site-packages/huggingface_hub/__init__.py)",
        {"gradio": "4.44", "huggingface-hub": "1.0"},
        "huggingface-hub",
        "pin",
        "huggingface-hub",
    ),
    Row(
        "ipython",
        '---------------------------------------------------------------------------\nImportError                               Traceback (most recent call last)\nCell In[1], line 1\n----> 1 from transformers import pipeline\n\nFile /opt/app/venv/lib/python3.10/site-packages/transformers/__init__.py:26\n     24 import os\n---> 26 from . import dependency_versions_check\n\nFile ~/x/site-packages/transformers/utils/versions.py:44, in _compare_versions(op, got_ver)\n     43     raise ImportError(\n---> 44         f"x"\n\nImportError: tokenizers>=0.11.1,!=0.11.3,<0.14 is required for a normal functioning of this module, but found tokenizers==0.15.0.',
        {"transformers": "4.26.0", "tokenizers": "0.15.0"},
        "tokenizers",
        "pin",
        "tokenizers",
    ),
    Row(
        "eng_to_ipa",
        tb((S + "melo/text/cleaner.py", M, "import cn2an"), err="ModuleNotFoundError: No module named 'cn2an'"),
        {},
        "cn2an",
        "install",
        "cn2an",
    ),
    Row(
        "jetson",
        "The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver",
        {"torch": "2.1.0"},
        "nvidia-driver",
        "upgrade-driver",
        "nvidia-driver",
    ),
    Row(
        "torch compiled",
        tb(
            (S + "torch/cuda/__init__.py", "_lazy_init", "raise AssertionError"),
            err="AssertionError: Torch not compiled with CUDA enabled",
        ),
        {"torch": "2.1.0+cpu"},
        "torch",
        "reinstall",
        "torch",
    ),
    Row(
        "numba cache",
        tb(
            (S + "librosa/util/utils.py", M, "@numba.jit(nopython=True, cache=True)"),
            (S + "numba/core/caching.py", "__init__", 'raise RuntimeError("cannot cache function %r: no locator "'),
            err="RuntimeError: cannot cache function '__shear_dense': no locator available for file '/x/librosa/util/utils.py'",
        ),
        {},
        "numba",
        "env-var",
        "NUMBA_CACHE_DIR",
    ),
    Row(
        "trap",
        tb(
            ("/a.py", M, "import lifelines"),
            (S + "lifelines/utils/__init__.py", M, "from scipy.integrate import trapz"),
            err=f"ImportError: cannot import name 'trapz' from 'scipy.integrate' ({S}scipy/integrate/__init__.py)",
        ),
        {"scipy": "1.14.1", "lifelines": "0.28"},
        "scipy",
        "pin",
        "scipy",
    ),
    Row(
        "setuptools test",
        "      File \"<string>\", line 10, in <module>\n    ModuleNotFoundError: No module named 'setuptools.command.test'\n    [end of output]\n  note: This error originates from a subprocess",
        {},
        "setuptools",
        "pin",
        "setuptools",
    ),
    Row(
        "apt libGL",
        "E: Package 'libgl1-mesa-glx' has no installation candidate",
        {},
        "libgl1-mesa-glx",
        "code-change",
        "",
    ),
)
