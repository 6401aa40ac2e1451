"""What the operating system says of a failed call, in both languages; a code that is not here is told as it says it."""

from __future__ import annotations

import errno

from tts_doctor.model.text import Text

CHINESE = {
    errno.ENOENT: "文件或目录不存在",
    errno.EACCES: "没有权限",
    errno.EPERM: "不允许此操作",
    errno.EISDIR: "这是目录",
    errno.ENOTDIR: "路径中有一段不是目录",
    errno.EEXIST: "已经存在",
    errno.ENOSPC: "磁盘空间不足",
    errno.EDQUOT: "磁盘配额已用尽",
    errno.EROFS: "文件系统是只读的",
    errno.EIO: "输入输出错误",
    errno.ELOOP: "符号链接过多或成环",
    errno.ENAMETOOLONG: "文件名过长",
    errno.EMFILE: "打开的文件过多",
    errno.ENOEXEC: "不是此系统的可执行文件",
    errno.ENOMEM: "内存不足",
    errno.ETXTBSY: "文件正在运行",
    errno.EXDEV: "不在同一文件系统上",
}


def system_words(error: Exception) -> Text:
    """`Permission denied`; for anything but a failed call of the system the error's own words."""
    said = (isinstance(error, OSError) and error.strerror) or str(error)
    known = isinstance(error, OSError) and CHINESE.get(error.errno or 0)
    return Text(said, known or said)
