"""Who passes a keyword that is no longer taken, where wrappers stand between."""

from __future__ import annotations

import pytest
from tests.toolkit.signs.cases import SITE, case, dist

from tts_doctor.model.finding import Need
from tts_doctor.signs import unexpected_keyword

OWN = '  File "/srv/train.py", line 24, in main\n    trainer = pl.Trainer(gpus=1, max_epochs=200)\n'
WRAPPER = (
    f'  File "{SITE}/pytorch_lightning/utilities/argparse.py", line 69, in insert\n    return fn(self, **kwargs)\n'
)
DIRECT = f'  File "{SITE}/nemo/core.py", line 9, in run\n    return pl.Trainer(gpus=2, **kwargs)\n'
LAST = "TypeError: Trainer.__init__() got an unexpected keyword argument 'gpus'\n"


@pytest.mark.parametrize(
    ("frames", "file", "line"),
    [(OWN + WRAPPER, "/srv/train.py", ":24"), (OWN + DIRECT, "nemo/core.py", ":9"), (OWN, "/srv/train.py", ":24")],
    ids=["wrapped", "a-distribution-spells-it", "plain"],
)
def test_who_spells_the_keyword_is_the_consumer(frames: str, file: str, line: str) -> None:
    dists = (dist("pytorch-lightning", "2.0.1"), dist("nemo"))
    (found,) = unexpected_keyword.find(case(*dists, text=f"Traceback (most recent call last):\n{frames}{LAST}"))
    assert found.need is not None
    assert (file, "pytorch-lightning") == (found.need.consumer_file, found.need.provider)
    assert found.evidence[0].where == f"{file}{line}"


@pytest.mark.parametrize(
    ("last", "function"),
    [
        ("TypeError: As of 3.10, the *loop* parameter was removed from Lock() since it is no longer necessary", "Lock"),
        ("TypeError: Lock.__init__() got an unexpected keyword argument 'loop'", "Lock"),
    ],
)
def test_what_python_takes_no_longer_is_the_consumers_to_leave_out(last: str, function: str) -> None:
    frame = f'  File "{SITE}/websockets/protocol.py", line 235, in __init__\n    self.lock = asyncio.Lock(loop=loop)\n'
    text = f"Traceback (most recent call last):\n{frame}{last}\n"
    (found,) = unexpected_keyword.find(case(dist("websockets", "8.1"), text=text))
    need = Need("keyword", "websockets", "websockets/protocol.py", "python", "python", function, "loop")
    assert (found.need, [c.name for c in found.culprits]) == (need, ["python", "websockets"])
    assert [(a.action, a.spec) for a in found.treatment.actions] == [("change-python", "<3.10")]
