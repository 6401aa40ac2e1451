"""Which removed names can be given back, and as what. Decides nothing about versions: a shim is the last repair.

A replacement is `module:attribute`, or `=expression` over the names of `HELPERS`, the source that travels in the shim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from packaging.utils import canonicalize_name

from tts_doctor.model.finding import Action
from tts_doctor.model.text import Text

PREFIX = "tts-doctor-shim-"


def _same(target: str, names: str) -> dict[str, str]:
    return {name: f"{target}:{name}" for name in names.split()}


def _renamed(target: str, pairs: str) -> dict[str, str]:
    return {old: f"{target}:{new}" for old, _, new in (pair.partition(">") for pair in pairs.split())}


ABC = (
    "Awaitable Coroutine AsyncIterable AsyncIterator AsyncGenerator Hashable Iterable Iterator Generator Reversible "
    "Sized Container Callable Collection Set MutableSet Mapping MutableMapping MappingView KeysView ItemsView "
    "ValuesView Sequence MutableSequence ByteString"
)
WINDOWS = (
    "barthann bartlett blackman blackmanharris bohman boxcar chebwin cosine exponential flattop gaussian "
    "general_gaussian hamming hann kaiser nuttall parzen triang tukey"
)
SCIPY_ROOT = (
    "abs all amax amin any arange array asarray average concatenate cos cumsum diag diff dot dtype empty exp eye "
    "float64 floor histogram hstack imag inf interp linspace log log10 log2 logical_and logical_not logical_or max "
    "mean median min nan ndarray ones outer percentile pi polyfit polyval prod rand randn ravel real reshape round "
    "sign sin sqrt std sum tan transpose unique var vstack where zeros zeros_like"
)
REPLACEMENTS: Mapping[str, Mapping[str, str]] = {
    "scipy.misc": {
        **_same("scipy.special", "logsumexp comb factorial factorial2 factorialk"),
        **_same("scipy.datasets", "ascent face electrocardiogram"),
        "derivative": "=derivative",
        "central_diff_weights": "=central_diff_weights",
        "pade": "scipy.interpolate:pade",
    },
    "scipy": {**_same("numpy", SCIPY_ROOT), "rand": "numpy.random:rand", "randn": "numpy.random:randn"},
    "scipy.signal": _same("scipy.signal.windows", WINDOWS),
    "scipy.integrate": {
        **_renamed("scipy.integrate", "trapz>trapezoid cumtrapz>cumulative_trapezoid"),
        "simps": "=simps",
    },
    "scipy.stats": {"binom_test": "=binom_test", "median_absolute_deviation": "=median_absolute_deviation"},
    "scipy.linalg": {"pinv2": "scipy.linalg:pinv"},
    "scipy.fftpack": {"fftshift": "numpy.fft:fftshift"},
    "numpy": {
        **_same("builtins", "float int bool object str complex"),
        **_renamed("builtins", "long>int unicode>str"),
        **_renamed(
            "numpy",
            "float_>float64 complex_>complex128 string_>bytes_ unicode_>str_ Inf>inf Infinity>inf infty>inf PINF>inf "
            "NaN>nan NAN>nan singlecomplex>complex64 cfloat>complex128 longfloat>longdouble product>prod "
            "cumproduct>cumprod sometrue>any alltrue>all round_>round mat>asmatrix row_stack>vstack trapz>trapezoid "
            "in1d>isin clongfloat>clongdouble longcomplex>clongdouble bool8>bool_ object0>object_ str0>str_ "
            "bytes0>bytes_ int0>intp uint0>uintp void0>void",
        ),
        **_same(
            "numpy.exceptions",
            "VisibleDeprecationWarning ComplexWarning RankWarning TooHardError AxisError ModuleDeprecationWarning",
        ),
        **_same("numpy.lib.npyio", "DataSource"),
        "NINF": "=float('-inf')",
        "asfarray": "=asfarray",
        "msort": "=msort",
    },
    "collections": _same("collections.abc", ABC),
    "inspect": {"getargspec": "=getargspec"},
    "fractions": {"gcd": "math:gcd"},
    "time": {"clock": "time:perf_counter"},
    "cgi": {"escape": "html:escape"},
    "asyncio": {"coroutine": "types:coroutine", "async": "asyncio:ensure_future"},
    "base64": _renamed("base64", "encodestring>encodebytes decodestring>decodebytes"),
    "locale": {"format": "locale:format_string"},
    "os": {"errno": "=__import__('errno')"},
    "threading": {"_time": "time:monotonic"},
    "werkzeug.urls": {
        **_renamed(
            "urllib.parse",
            "url_quote>quote url_quote_plus>quote_plus url_unquote>unquote url_unquote_plus>unquote_plus "
            "url_parse>urlsplit url_join>urljoin url_encode>urlencode",
        ),
    },
    "flask": _same("markupsafe", "Markup escape"),
    "jinja2": {
        **_same("markupsafe", "Markup escape"),
        **_renamed(
            "jinja2", "contextfunction>pass_context contextfilter>pass_context evalcontextfilter>pass_eval_context"
        ),
        **_renamed("jinja2", "environmentfilter>pass_environment environmentfunction>pass_environment"),
    },
    "markupsafe": {"soft_unicode": "markupsafe:soft_str"},
    "itsdangerous": {"json": "=__import__('json')"},
    "PIL.Image": _renamed("PIL.Image", "ANTIALIAS>LANCZOS LINEAR>BILINEAR CUBIC>BICUBIC"),
    "matplotlib.cm": {"get_cmap": "=get_cmap"},
}

HELPERS = """

def derivative(func, x0, dx=1.0, n=1, args=(), order=3):
    import numpy
    weights = central_diff_weights(order, n)
    half = order >> 1
    total = sum(w * func(x0 + (k - half) * dx, *args) for k, w in enumerate(weights))
    return total / numpy.prod((dx,) * n, axis=0)


def central_diff_weights(Np, ndiv=1):
    import math
    import numpy
    half = Np >> 1
    x = numpy.arange(-half, half + 1.0)
    powers = numpy.vander(x, increasing=True)
    return math.factorial(ndiv) * numpy.linalg.inv(powers)[ndiv]


def simps(y, x=None, dx=1.0, axis=-1, even=None):
    from scipy.integrate import simpson
    return simpson(y, x=x, dx=dx, axis=axis)


def binom_test(x, n=None, p=0.5, alternative="two-sided"):
    from scipy.stats import binomtest
    if n is None:
        x, n = x[0], x[0] + x[1]
    return binomtest(int(x), int(n), p, alternative).pvalue


def median_absolute_deviation(x, axis=0, center=None, scale=1.4826, nan_policy="propagate"):
    import numpy
    from scipy.stats import median_abs_deviation
    return median_abs_deviation(x, axis=axis, center=center or numpy.median, scale=1 / scale, nan_policy=nan_policy)


def asfarray(a, dtype=float):
    import numpy
    return numpy.asarray(a, dtype=dtype if numpy.issubdtype(dtype, numpy.inexact) else float)


def msort(a):
    import numpy
    return numpy.sort(a, axis=0)


def get_cmap(name=None, lut=None):
    import matplotlib
    found = matplotlib.colormaps[name or matplotlib.rcParams["image.cmap"]] if not hasattr(name, "resampled") else name
    return found if lut is None else found.resampled(lut)


def getargspec(func):
    import collections
    import inspect
    spec = inspect.getfullargspec(func)
    if spec.kwonlyargs or spec.annotations:
        raise ValueError("Function has keyword-only parameters or annotations, use inspect.signature() instead")
    ArgSpec = collections.namedtuple("ArgSpec", "args varargs keywords defaults")
    return ArgSpec(spec.args, spec.varargs, spec.varkw, spec.defaults)
"""
"""Source that each shim carries: what a removed function did, on top of what is there today."""


def replacement(module: str, name: str) -> str:
    """What stands for a removed name, or an empty string where nothing is known to do so faithfully."""
    return REPLACEMENTS.get(module, {}).get(name, "")


def restorable(module: str) -> tuple[str, ...]:
    """Every name of a module that can be given back."""
    return tuple(REPLACEMENTS.get(module, {}))


def shim_action(consumer: str, module: str, names: Sequence[str]) -> Action | None:
    """The step that gives `names` of `module` back to `consumer` (a distribution); None where one cannot be.

    Every other restorable name of the module comes with it, since the next line often wants the next name.
    """
    if not consumer or not names or not all(replacement(module, name) for name in names):
        return None
    return Action(
        "install",
        PREFIX + canonicalize_name(consumer),
        value=module,
        why=Text(
            f"gives {module}.{', '.join(names)} back to {consumer} alone; uninstalling it takes it back",
            f"只把 {module}.{'、'.join(names)} 还给 {consumer}；卸载即可撤销",
        ),
    )
