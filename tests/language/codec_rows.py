"""Codecs on texts without errors, which are coded in one step, and beside them on those with errors."""

texts = ["", "a", "\xe9", "\u20ac", "\U0001f600", "abc" * 7, "h\xe9llo w\xf6rld" * 3, "\u65e5\u672ca" * 9,
         "\U0001f600 smile\u0100\xff" * 4, "\x00\x7f\x80\xff", "\uffff\U00010000\U0010ffff"]
orders = {"le": "little", "be": "big"}


def units(text, bytes_n, order):
    out = b""
    for c in map(ord, text):
        if bytes_n == 2 and c >= 0x10000:
            for half in (0xD7C0 + (c >> 10), 0xDC00 + (c & 0x3FF)):
                out += half.to_bytes(2, order)
        else:
            out += c.to_bytes(bytes_n, order)
    return out


for text in texts:
    for bits in (16, 32):
        for name, order in orders.items():
            codec = "utf-%d-%s" % (bits, name)
            coded = text.encode(codec)
            assert coded == units(text, bits // 8, order), (codec, text)
            assert coded.decode(codec) == text
            assert bytes(bytearray(b"x") + coded)[1:].decode(codec) == text  # from any address
            assert memoryview(b"x" + coded)[1:].tobytes().decode(codec) == text
            marked = "\ufeff".encode(codec) + coded
            assert marked.decode("utf-%d" % bits) == text
            for end in range(len(coded)):
                assert text.startswith(coded[:end].decode(codec, "ignore").rstrip("\ufffd"))
        assert text.encode("utf-%d" % bits).decode("utf-%d" % bits) == text
    utf8 = text.encode()
    assert utf8.decode() == text and utf8.decode("utf8") == text
    for end in range(len(utf8)):
        assert text.startswith(utf8[:end].decode("utf-8", "ignore"))
    assert eval(ascii(text)) == text and ascii(text).isascii()
    plain = text.encode("ascii", "ignore")
    assert plain.decode("ascii") == "".join(c for c in text if c < "\x80")
    assert text.encode("latin-1", "replace") == bytes(ord(c) if c < "\u0100" else 63 for c in text)
    assert text.encode("ascii", "backslashreplace").decode("ascii") == "".join(
        c if c < "\x80" else ascii(c)[1:-1] for c in text)
    assert text.encode("ascii", "xmlcharrefreplace").decode("ascii") == "".join(
        c if c < "\x80" else "&#%d;" % ord(c) for c in text)

for codec in ("utf-8", "utf-16", "utf-32", "utf-16-be", "utf-32-le"):
    for text in ("\ud800", "ab\udfff", "\U0001f600\udc00"):
        try:
            text.encode(codec)
        except UnicodeEncodeError as e:
            assert e.reason == "surrogates not allowed" and e.object == text and e.end == len(text), e
        else:
            raise AssertionError(codec)
        assert text.encode(codec, "surrogatepass").decode(codec, "surrogatepass") == text
for coded, codec in ((b"\x00\xd8", "utf-16-le"), (b"\xd8\x00\x00\x41", "utf-16-be"), (b"a", "utf-16-le"),
                     (b"\x00\x00\x11\x00", "utf-32-le"), (b"\x00\xd8\x00\x00", "utf-32-le"),
                     (b"\xed\xa0\x80", "utf-8"), (b"\xf4\x90\x80\x80", "utf-8"), (b"\xe0\x80\x80", "utf-8"),
                     (b"\xe1\x80", "utf-8"), (b"ok\xc1\x80", "utf-8"), (b"\xc3", "utf-8"), (b"a\x80", "ascii")):
    try:
        coded.decode(codec)
    except UnicodeDecodeError:
        pass
    else:
        raise AssertionError((coded, codec))
