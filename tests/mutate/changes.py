# SPDX-License-Identifier: Apache-2.0
"""changes.py - the small changes that can be made to a C file, found by a small tokenizer

Only inside functions: tables outside of them are data, and what is said in words is not code. Comments, strings, directives,
initialisers in braces, sizes of arrays, log messages and checks of our own mistakes are left alone. No change moves a line.
"""
import collections
import re

# line: the first line that changes; start, end: offsets of the text that is replaced; what: said in words
Change = collections.namedtuple("Change", "line start end text what")
Token = collections.namedtuple("Token", "kind text start end line")

TOKEN = re.compile(r"""
    (?P<blank>\s+|\\\n)
  | (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<string>[Lu]?"(?:\\.|[^"\\\n])*")
  | (?P<char>[Lu]?'(?:\\.|[^'\\\n])+')
  | (?P<number>\.?[0-9](?:[eEpP][+-]|[0-9a-zA-Z_.])*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<op>->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\.\.\.|.)
""", re.VERBOSE | re.DOTALL)
DIRECTIVE = re.compile(r"[ \t]*#(?:[^\n\\]|\\.)*", re.DOTALL)

OTHER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "++": "--", "--": "++",
         "+=": "-=", "-=": "+=", "|=": "&=", "&=": "|=", "<<": ">>", ">>": "<<"}
BINARY = {"+": "-", "-": "+", "&": "|", "|": "&", "*": "+", "/": "*", "%": "/"}
# What these say or check is not what a test looks for; a size that is too small is what
# check-san finds, and one that is too large changes nothing.
SIZES = {"malloc", "calloc", "realloc", "reallocarray", "tb_grow", "sizeof"}
UNCHANGED = {"tb_log", "tb_warn", "tb_info", "tb_debug", "TB_BUG_ON", "static_assert", "_Static_assert", "__attribute__"} | SIZES
# A leak is what check-san finds; here it would live.
KEPT = re.compile(r"free$|^free_|^ev_clear$|^tb_close")
KEYWORDS = {"if", "else", "for", "while", "do", "switch", "case", "default", "return", "break", "continue", "goto", "sizeof",
            "struct", "union", "enum", "const", "static", "int", "char", "unsigned", "long", "short", "void", "bool", "double"}


def tokens(text):
    """The tokens that mean something, in order."""
    found, at, line, fresh = [], 0, 1, True
    while at < len(text):
        match = (DIRECTIVE.match(text, at) if fresh else None) or TOKEN.match(text, at)
        kind = match.lastgroup or "directive"
        if kind not in ("blank", "comment", "directive"):
            found.append(Token(kind, match[0], at, match.end(), line))
        # a directive begins its line
        fresh = "\n" in match[0] if kind == "blank" else kind == "comment" and fresh
        line += match[0].count("\n")
        at = match.end()
    return found


def partners(toks):
    """Index of the partner for each bracket that has one."""
    pairs, open_ones = {}, []
    for i, tok in enumerate(toks):
        if tok.kind == "op" and tok.text in "([{":
            open_ones.append(i)
        elif tok.kind == "op" and tok.text in ")]}" and open_ones:
            j = open_ones.pop()
            pairs[i], pairs[j] = j, i
    return pairs


def inside_functions(toks, pairs):
    """Yield the range of indices of each function's body."""
    i = 0
    while i < len(toks):
        if toks[i].text == "{" and i in pairs:
            if i and toks[i - 1].text == ")":
                yield i + 1, pairs[i]
            i = pairs[i]
        i += 1


def is_code(toks, pairs, first, end):
    """Yield the indices of a body that may be changed."""
    i = first
    while i < end:
        tok = toks[i]
        if tok.text in UNCHANGED and toks[i + 1].text == "(":
            i = pairs[i + 1]
        elif tok.text == "=" and toks[i + 1].text == "{":
            i = pairs[i + 1]
        elif tok.text == "[" and toks[i - 1].kind == "name" and (toks[i - 2].kind == "name" or toks[i - 2].text == "*") \
                and toks[i - 2].text not in ("return", "case"):
            i = pairs[i]		# the size of an array that is declared
        else:
            yield i
        i += 1


def is_operand(tok):
    return tok.kind in ("name", "number", "char", "string") and tok.text not in ("return", "case") or tok.text in (")", "]")


def is_binary(toks, pairs, i):
    """Whether the operator at i stands between two operands; "*" and "&" after a cast or a type do not."""
    before = toks[i - 1]
    if not is_operand(before):
        return False
    if toks[i].text == "*" and before.kind == "name":
        return toks[i - 2].text in ("=", "(", "+", "-", "return", ",", "<", ">", "[", "&&", "||", "?", ":", ".", "->") \
            and toks[i + 1].text not in (")", ",")
    if before.text == ")":
        inner = toks[pairs[i - 1] + 1:i - 1]
        if inner and (inner[-1].text == "*" or any(t.text in KEYWORDS or t.text.endswith("_t") for t in inner)):
            return False		# a cast
    return True


def number(text):
    """Another number near it, or None."""
    match = re.fullmatch(r"(0[xX][0-9a-fA-F]+|[0-9]+)([uUlL]*)", text)
    if not match:
        return None
    value = int(match[1], 16 if match[1][:2] in ("0x", "0X") else 8 if match[1][0] == "0" and len(match[1]) > 1 else 10)
    return [f"{n}{match[2]}" for n in (value + 1, value - 1) if n >= 0]


def blank(text):
    """Its ends of lines, so that what follows stays where it is."""
    return "\n" * text.count("\n")


def starts_statement(toks, pairs, i):
    before = toks[i - 1]
    if before.text in (";", "{", "}", "else", "do"):
        return True
    if before.text == ":":			# a label, not "?:"
        return toks[i - 3].text == "case" or toks[i - 2].text == "default" or toks[i - 3].text in (";", "{", "}")
    if before.text == ")" and i - 1 in pairs:
        return toks[pairs[i - 1] - 1].text in ("if", "for", "while", "switch")
    return False


def statement_end(toks, pairs, i):
    """Index of the ";" that ends the statement at i."""
    while toks[i].text != ";":
        if toks[i].text in "({[" and i in pairs:
            i = pairs[i]
        elif toks[i].text in ("}", ")"):
            return None
        i += 1
    return i


def is_act(toks, i):
    """Whether the statement at i is a call or an assignment, and not a declaration or something with a keyword."""
    tok = toks[i]
    if tok.text in ("*", "++", "--"):
        return True
    if tok.text == "(":
        return toks[i + 1].text == "void"
    return tok.kind == "name" and tok.text not in KEYWORDS and not KEPT.search(tok.text) and tok.text not in UNCHANGED \
        and toks[i + 1].text in ("(", "=", "->", ".", "[", "++", "--", "+=", "-=", "|=", "&=", "*=", "<<=", ">>=")


def of_statement(text, toks, pairs, i):
    tok = toks[i]
    if tok.text in ("if", "while") and toks[i + 1].text == "(" and i + 1 in pairs:
        first, last = toks[i + 1], toks[pairs[i + 1]]
        yield Change(tok.line, first.start, last.end, f"(!{text[first.start:last.end]})", f"{tok.text} (…) negated")
    elif tok.text in ("break", "continue") and toks[i + 1].text == ";":
        yield Change(tok.line, tok.start, tok.end, "", f"{tok.text} removed")
    elif tok.text == "return":
        end = statement_end(toks, pairs, i)
        if end is None or end == i + 1:
            return
        start, stop = toks[i + 1].start, toks[end].start
        old = text[start:stop]
        new = {"0": "-1", "false": "true", "true": "false"}.get(old, "0")
        if old == "NULL":
            return
        yield Change(tok.line, start, stop, new + blank(old), f"return {' '.join(old.split())} → {new}")
    elif starts_statement(toks, pairs, i) and is_act(toks, i):
        end = statement_end(toks, pairs, i)
        if end is not None:
            old = text[tok.start:toks[end].start]
            yield Change(tok.line, tok.start, toks[end].start, blank(old), f"removed: {' '.join(old.split())}")


def of_token(toks, pairs, i):
    tok = toks[i]
    new = []
    if tok.kind == "number":
        new = number(tok.text) or []
    elif tok.kind == "char" and len(tok.text) == 3:
        new = [f"'{chr(ord(tok.text[1]) ^ 1)}'"] if tok.text[1] not in "&']\\" else []
    elif tok.text in OTHER:
        new = [OTHER[tok.text]]
    elif tok.text in BINARY and is_binary(toks, pairs, i):
        new = [BINARY[tok.text]]
    elif tok.text == "!":
        new = [""]
    for text in new:
        yield Change(tok.line, tok.start, tok.end, text, f"{tok.text} → {text}" if text else f"{tok.text} removed")


def changes(text):
    """Every change that can be made to a file."""
    toks = tokens(text)
    pairs = partners(toks)
    for first, end in inside_functions(toks, pairs):
        for i in is_code(toks, pairs, first, end):
            yield from of_statement(text, toks, pairs, i)
            yield from of_token(toks, pairs, i)
