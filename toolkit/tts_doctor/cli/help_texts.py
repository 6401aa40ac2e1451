"""What `--help` says, in both languages. Words only; the grammar is in `arguments`."""

from __future__ import annotations

from collections.abc import Mapping

from tts_doctor.model.text import Text

VERBS: Mapping[str, Text] = {
    "diagnose": Text("say what is wrong and why; changes nothing", "说明问题及其原因；不做任何更改"),
    "treat": Text("repair so that COMMAND succeeds, or put everything back", "修复到命令成功为止，否则全部还原"),
    "undo": Text("take a repair back, byte for byte", "逐字节撤销一次修复"),
    "history": Text("list the repairs made here", "列出做过的修复"),
    "playbook": Text("known diseases: list, show, check, new, run", "已知问题手册：列出、查看、检查、新建、运行"),
    "lock": Text(
        "pin and hash a list; --nearest changes it until it resolves", "锁定版本与哈希；--nearest 以最少改动使其可解析"
    ),
    "dockerfile": Text(
        "write a locked, small image's Dockerfile; --repair an existing one",
        "生成锁定依赖的精简 Dockerfile；--repair 修复已有的",
    ),
    "smoke": Text("check a running speech service as its clients use it", "像客户端那样检查正在运行的语音服务"),
    "image": Text("build, check, diagnose and compare images", "构建、检查、诊断和比较镜像"),
    "matrix": Text(
        "try every combination of versions on every Python: what works, what breaks and why",
        "在各 Python 上试遍版本组合：哪些可用、哪些失败及原因",
    ),
    "completion": Text("print what completes this command in a shell", "输出用于 shell 补全的脚本"),
    "mcp": Text(
        "serve these verbs to coding agents (Model Context Protocol, standard input and output)",
        "通过 Model Context Protocol（标准输入输出）供编程智能体调用",
    ),
    "list": Text("name every playbook", "列出所有手册"),
    "show": Text("print one", "显示一份手册"),
    "check": Text("validate files, or all that are packaged", "检查文件，默认检查随附的全部手册"),
    "new": Text("write a scaffold", "生成一份新手册的骨架"),
    "run": Text(
        "treat with one playbook only; with --target, recover a deployment",
        "只用一份手册来修复；配合 --target 恢复部署",
    ),
    "rollback": Text("take the recovery of a deployment back", "回退一次部署恢复"),
}

OPTIONS: Mapping[str, Text] = {
    "version": Text("print the version and leave", "显示版本号并退出"),
    "python": Text(
        "the patient's interpreter; default: $VIRTUAL_ENV, ./.venv, python3 on PATH",
        "出问题环境的解释器；默认依次为 $VIRTUAL_ENV、./.venv、PATH 中的 python3",
    ),
    "site": Text(
        "its site-packages folder, where there is no interpreter", "其 site-packages 文件夹（没有解释器时使用）"
    ),
    "log": Text("reason from this saved output; - reads standard input", "根据已保存的输出来推断；- 表示标准输入"),
    "context": Text(
        "with --log: JSON {python, os, packages: {name: version}}",
        "与 --log 同用：JSON {python, os, packages: {名称: 版本}}",
    ),
    "all": Text(
        "tell every finding in full, notes too, and what each breaks; compare what libraries want and export",
        "完整列出所有发现（含备注）及各自影响的包；并比对各库所需与所导出的符号",
    ),
    "explain": Text(
        "the chain of evidence of one finding as a tree, by its number or id", "以树形显示某一发现（编号或 id）的证据链"
    ),
    "shell": Text("bash, zsh or fish", "bash、zsh 或 fish"),
    "timeout": Text("seconds that COMMAND may take (default 300)", "命令最多运行的秒数（默认 300）"),
    "up": Text("COMMAND is a server: still running after S seconds is success", "命令是服务：S 秒后仍在运行即视为成功"),
    "offline": Text(
        "do not ask the package index (also TTS_DOCTOR_OFFLINE=1)", "不访问软件包索引（也可设 TTS_DOCTOR_OFFLINE=1）"
    ),
    "yes": Text("apply without asking", "不询问，直接执行"),
    "dry-run": Text("try it in a copy, report, change nothing", "只在副本中试验并报告，不做更改"),
    "allow": Text(
        "what may change besides packages: system, files, environment or all; repeat or separate by commas",
        "除发行包外还允许更改：system、files、environment 或 all；可重复或用逗号分隔",
    ),
    "keep": Text("distributions to leave alone", "保持不变的发行包"),
    "requirements": Text(
        "what you asked for (default: the REQUESTED marks)", "你所要求的包（默认依据 REQUESTED 标记）"
    ),
    "receipt": Text("its id or file; default: the last one", "回执的编号或文件；默认最近一次"),
    "force": Text("also where files were changed since", "即使此后文件又有改动也撤销"),
    "format": Text(
        "text (default), json or markdown; diagnose also sarif", "text（默认）、json 或 markdown；diagnose 还支持 sarif"
    ),
    "lang": Text("default: from LC_ALL, LC_MESSAGES, LANG", "默认取自 LC_ALL、LC_MESSAGES、LANG"),
    "target": Text(
        "the deployment: settings:FILE with its start command after --, script:FILE, unit:FILE.service, container:NAME",
        "要恢复的部署：settings:文件（-- 之后给出启动命令）、script:文件、unit:文件.service、container:名称",
    ),
    "check": Text(
        "with --target: say what would be done, change nothing", "与 --target 同用：只说明将做什么，不做更改"
    ),
    "health": Text("where the service says how it is (default /health)", "服务的健康检查地址（默认 /health）"),
    "ask": Text("a further address that must answer; may be repeated", "还须正常响应的地址；可重复"),
    "folder": Text("where to write it (default: here)", "写入位置（默认当前文件夹）"),
}

ABOUT = Text(
    "Find the root cause of a broken Python environment, repair it, prove it, take it back.",
    "找出 Python 环境故障的根本原因，修复、验证，并可撤销。",
)

EXITS = Text(
    """exit codes: 0 nothing found, or repaired · 1 findings · 2 usage · 3 unknown
            4 not repaired, everything restored · 5 restoring failed · 6 declined or dry run · 130 interrupted""",
    """退出码：0 未发现问题或已修复 · 1 有发现 · 2 用法错误 · 3 未知
        4 未修复，已全部还原 · 5 还原失败 · 6 已拒绝或试运行 · 130 已中断""",
)

TOLD = Text(
    "exit codes: 0 done · 2 usage · 130 interrupted",
    "退出码：0 完成 · 2 用法错误 · 130 已中断",
)
OWN_EXITS: Mapping[str, Text] = {
    "history": TOLD,
    "completion": TOLD,
    "mcp": TOLD,
    "lock": Text(
        """exit codes: 0 written, or nothing differs · 1 no versions fit, less is proved than was asked, or locks differ
            2 usage · 3 the index cannot be asked · 130 interrupted""",
        """退出码：0 已写出，或没有差异 · 1 没有可用的版本、未达到所要求的验证，或锁定有差异
        2 用法错误 · 3 无法访问索引 · 130 已中断""",
    ),
    "image": Text(
        """exit codes: 0 built, well, or alike · 1 something failed, was found or differs · 2 usage
            3 unknown: no engine answers, or the build failed · 130 interrupted""",
        """退出码：0 已构建、正常或相同 · 1 有失败、发现或差异 · 2 用法错误
        3 未知：没有可用的容器引擎，或构建失败 · 130 已中断""",
    ),
    "dockerfile": Text(
        "exit codes: 0 written, or nothing found · 1 --repair found faults · 2 usage · 3 the index cannot be asked",
        "退出码：0 已写出，或没有发现 · 1 --repair 发现了问题 · 2 用法错误 · 3 无法访问索引",
    ),
    "smoke": Text(
        "exit codes: 0 it speaks · 1 something failed · 2 usage · 3 no service, or not to be judged · 130 interrupted",
        "退出码：0 正常说话 · 1 有失败 · 2 用法错误 · 3 没有服务，或无法判断 · 130 已中断",
    ),
    "matrix": Text(
        "exit codes: 0 every cell works · 1 some do not · 2 usage · 3 some are unknown, none fails · 130 interrupted",
        "退出码：0 所有格子可用 · 1 有的不可用 · 2 用法错误 · 3 有的未知，没有失败 · 130 已中断",
    ),
}
"""Of the verbs that repair nothing."""

FIRST_EXAMPLES = (
    (
        "tts-doctor diagnose",
        Text("examine $VIRTUAL_ENV or ./.venv, run nothing", "检查 $VIRTUAL_ENV 或 ./.venv，不运行任何代码"),
    ),
    ("tts-doctor diagnose -- python -c 'import librosa'", Text("run it, explain why it fails", "运行它并解释为何失败")),
    ("tts-doctor diagnose --log build.log", Text("explain a saved log", "解释已保存的日志")),
    (
        "tts-doctor treat -- python -c 'import librosa'",
        Text("repair, prove it, or put everything back", "修复并验证，否则全部还原"),
    ),
    ("tts-doctor undo", Text("take the last repair back", "撤销最近一次修复")),
)
EXAMPLES: Mapping[str, str] = {
    "diagnose": """  tts-doctor diagnose --python .venv/bin/python
  tts-doctor diagnose --up 20 -- gunicorn app:app --bind 127.0.0.1:8000
  docker logs tts 2>&1 | tts-doctor diagnose --log - --context context.json --format json""",
    "treat": """  tts-doctor treat --dry-run -- python -c 'import librosa'
  tts-doctor treat --python .venv/bin/python --yes --keep torch -- .venv/bin/python app.py
  tts-doctor treat --yes --allow all --up 20 -- gunicorn app:app""",
    "undo": "  tts-doctor undo\n  tts-doctor undo --python .venv/bin/python",
    "history": "  tts-doctor history --format json",
    "completion": "  tts-doctor completion bash > /etc/bash_completion.d/tts-doctor",
    "mcp": "  tts-doctor mcp --lang zh",
    "lock": """  tts-doctor lock requirements.txt -o requirements.lock
  tts-doctor lock requirements.txt --nearest --python any --as-of 2026-11-15 --allow-sdist librosa
  tts-doctor lock requirements.in --python all -o 'constraints/app-{python}.txt'
  tts-doctor lock --diff old.lock new.lock""",
    "image": """  tts-doctor image build --tag app --sbom app.cdx.json --lock requirements.lock .
  tts-doctor image check app
  tts-doctor image diagnose app.tar
  docker logs tts 2>&1 | tts-doctor image diagnose app --log -
  tts-doctor image diff app:1 app:2""",
    "dockerfile": """  tts-doctor dockerfile --lock requirements.lock -o Dockerfile -- gunicorn -b 0.0.0.0:8000 app:app
  tts-doctor dockerfile --from-env .venv/bin/python --profile batch -o Dockerfile -- python job.py
  tts-doctor dockerfile --repair Dockerfile -o Dockerfile.repaired""",
    "smoke": """  tts-doctor smoke http://127.0.0.1:8000
  tts-doctor smoke --python .venv/bin/python --profile full --junit smoke.xml""",
    "matrix": """  tts-doctor matrix requirements.txt --python 3.10,3.11 --with numpy=1.24,1.26,2.0 -- python smoke.py
  tts-doctor matrix grids.yaml --jobs 4 -o map --resume""",
    "playbook": """  tts-doctor playbook list
  tts-doctor playbook check my-playbook.yaml
  tts-doctor playbook run address-in-use --target settings:tts.env --yes -- gunicorn app:app
  tts-doctor playbook run shared-memory --target container:tts --check""",
}


def examples(verb: str, lang: str) -> str:
    """Command lines of a verb; without one those that the tool starts with. Empty where there are none."""
    if verb:
        return EXAMPLES.get(verb, "")
    return "\n".join(f"  {typed:52}{said.say(lang)}" for typed, said in FIRST_EXAMPLES)


def epilog(verb: str, lang: str) -> str:
    """Examples and exit codes."""
    shown = examples(verb, lang)
    head = "示例：" if lang == "zh" else "examples:"
    return (f"{head}\n{shown}\n\n" if shown else "") + OWN_EXITS.get(verb, EXITS).say(lang)
