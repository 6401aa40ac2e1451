"""Stands where ModelScope's closed text front end stands, which is on no public index: the same interface.

Reads Chinese characters by pypinyin, and the emotion mark-up; writes the symbol lines that KAN-TTS reads:
phone$tone$syllable flag$word flag$emotion$speaker.
"""

import re
from pathlib import Path

from pypinyin import Style, pinyin

MARKED = re.compile(r'<speak><emotion category="(\w+)" intensity="([\d.]+)">(.*)</emotion></speak>', re.DOTALL)


class TtsFrontendEngine:
    def initialize(self, resource):
        return Path(resource, "resource.txt").is_file()

    def set_lang_type(self, kind):
        return kind == "pinyin"

    def gen_tacotron_symbols(self, text):
        marked = MARKED.fullmatch(text)
        emotion, said = (marked.group(1), marked.group(3)) if marked else ("neutral", text)
        if "<" in said:
            raise ValueError("unknown mark-up")
        end = f"emotion_{emotion}$F7"
        symbols = []
        for syllable in re.findall("[\u4e00-\u9fff]", said):
            first = pinyin(syllable, style=Style.INITIALS, strict=False)[0][0] or "ga"
            final = pinyin(syllable, style=Style.FINALS_TONE3, strict=False, neutral_tone_with_five=True)[0][0]
            symbols.append(f"{{{first}$tone{final[-1]}$s_begin$word_begin${end}}}")
            symbols.append(f"{{{final[:-1]}_c$tone{final[-1]}$s_end$word_end${end}}}")
        if not symbols:
            return ""
        return f"0\t{' '.join(symbols)} {{#4$tone_none$s_none$word_none${end}}}\n"
