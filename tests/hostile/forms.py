# SPDX-License-Identifier: MIT
"""The known forms of request smuggling: requests whose length two servers may read
differently. In each, @@ is replaced by a number of its own; the path /smuggled-@@ is
what must never be seen as a request's target.

FORMS: name -> (bytes, what usherd does: "refused", or "kept" where the form is
legal and has one meaning). CRLF is written as a newline here, unless the form is raw.
"""

SMUGGLED = "GET /smuggled-@@ HTTP/1.1\nHost: a\n\n"


def lines(text):
    """Text with CRLF at its lines' ends."""
    return text.replace("\n", "\r\n").encode("latin-1")


def chunked(field, body=None):
    """A POST whose Transfer-Encoding is written in a strange way, beside a length."""
    body = body if body is not None else "0\n\n" + SMUGGLED
    length = len(lines(body).replace(b"@@", b"1234"))
    return lines(f"POST /outer-@@ HTTP/1.1\nHost: a\nContent-Length: {length}\n{field}\n\n{body}")


def sized(fields, body=SMUGGLED):
    """A POST with strange fields about its length."""
    return lines(f"POST /outer-@@ HTTP/1.1\nHost: a\n{fields}\n\n{body}")


def chunk(body):
    """A chunked POST whose body is as it stands here."""
    return (lines("POST /outer-@@ HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n") +
            body.encode("latin-1") + lines(SMUGGLED))


# Ways to write Transfer-Encoding so that one server sees it and another does not.
STRANGE_CODINGS = {
    "plain": "Transfer-Encoding: chunked",
    "space-before-colon": "Transfer-Encoding : chunked",
    "tab-before-colon": "Transfer-Encoding\t: chunked",
    "space-before-name": " Transfer-Encoding: chunked",
    "tab-before-name": "\tTransfer-Encoding: chunked",
    "vertical-tab": "Transfer-Encoding:\x0bchunked",
    "form-feed": "Transfer-Encoding:\x0cchunked",
    "nul-in-value": "Transfer-Encoding: chun\x00ked",
    "nul-after": "Transfer-Encoding: chunked\x00",
    "nul-in-name": "Transfer-Encoding\x00: chunked",
    "non-breaking-space": "Transfer-Encoding:\xa0chunked",
    "next-line": "Transfer-Encoding:\x85chunked",
    "folded": "Transfer-Encoding:\n chunked",
    "folded-tab": "Transfer-Encoding:\n\tchunked",
    "folded-before": "X: y\n Transfer-Encoding: chunked",
    "x-chunked": "Transfer-Encoding: xchunked",
    "chunked-x": "Transfer-Encoding: chunkedx",
    "quoted": 'Transfer-Encoding: "chunked"',
    "single-quoted": "Transfer-Encoding: 'chunked'",
    "comma-before": "Transfer-Encoding: ,chunked",
    "comma-after": "Transfer-Encoding: chunked,",
    "identity-after": "Transfer-Encoding: chunked, identity",
    "identity-before": "Transfer-Encoding: identity, chunked",
    "gzip-before": "Transfer-Encoding: gzip, chunked",
    "cow-after": "Transfer-Encoding: chunked, cow",
    "parameter": "Transfer-Encoding: chunked; a=b",
    "semicolon": "Transfer-Encoding: chunked;",
    "twice": "Transfer-Encoding: chunked\nTransfer-Encoding: chunked",
    "then-identity": "Transfer-Encoding: chunked\nTransfer-Encoding: identity",
    "identity-then": "Transfer-Encoding: identity\nTransfer-Encoding: chunked",
    "then-cow": "Transfer-Encoding: chunked\nTransfer-encoding: cow",
    "empty-then": "Transfer-Encoding:\nTransfer-Encoding: chunked",
    "upper-case": "TRANSFER-ENCODING: CHUNKED",
    "mixed-case": "tRaNsFeR-eNcOdInG: cHuNkEd",
    "no-space": "Transfer-Encoding:chunked",
    "long-space": "Transfer-Encoding:" + " " * 500 + "chunked",
    "after-bare-cr": "X: y\rTransfer-Encoding: chunked",
}

# Two lengths, or one that is none.
STRANGE_LENGTHS = {
    "two-lengths": "Content-Length: 0\nContent-Length: 44",
    "two-lengths-other-way": "Content-Length: 44\nContent-Length: 0",
    "same-twice": "Content-Length: 0\nContent-Length: 0",
    "list": "Content-Length: 0, 44",
    "same-list": "Content-Length: 0, 0",
    "plus": "Content-Length: +0",
    "minus": "Content-Length: -0",
    "minus-one": "Content-Length: -1",
    "hexadecimal": "Content-Length: 0x0",
    "octal-like-letters": "Content-Length: 0o0",
    "exponent": "Content-Length: 0e1",
    "fraction": "Content-Length: 0.0",
    "underscore": "Content-Length: 0_0",
    "inner-space": "Content-Length: 0 44",
    "nul": "Content-Length: 0\x00",
    "vertical-tab": "Content-Length:\x0b0",
    "non-ascii-digit": "Content-Length: \xb2",
    "empty": "Content-Length:",
    "overflow": "Content-Length: 18446744073709551616",
    "overflow-signed": "Content-Length: 9223372036854775808",
    "quoted": 'Content-Length: "0"',
    "space-before-colon": "Content-Length : 44",
    "folded": "Content-Length: 4\n 4",
    "nul-in-name": "Content\x00-Length: 44\nContent-Length: 0",
    "bare-cr": "X: y\rContent-Length: 44\nContent-Length: 0",
}

STRANGE_CHUNKS = {
    "bare-lf-after-size": "0\n\r\n",
    "bare-lf-after-extension": "0;a\n\r\n",
    "bare-lf-in-extension": "2;\nxx\r\n0\r\n\r\n",
    "bare-cr-after-size": "2\rxx\r\n0\r\n\r\n",
    "bare-lf-after-data": "1\r\nx\n0\r\n\r\n",
    "bare-cr-after-data": "1\r\nx\r0\r\n\r\n",
    "no-line-end-after-data": "1\r\nx0\r\n\r\n",
    "longer-than-said": "1\r\nxx\r\n0\r\n\r\n",
    "two-bytes-skipped": "1\r\nxZZ0\r\n\r\n",
    "negative": "-1\r\nx\r\n0\r\n\r\n",
    "plus": "+1\r\nx\r\n0\r\n\r\n",
    "prefix-0x": "0x1\r\nx\r\n0\r\n\r\n",
    "underscore": "1_0\r\n0123456789abcdef\r\n0\r\n\r\n",
    "space-before": " 1\r\nx\r\n0\r\n\r\n",
    "overflow": "10000000000000000\r\nx\r\n0\r\n\r\n",
    "overflow-to-zero": "100000000000000000000000000000000\r\n\r\n",
    "many-zeros": "0" * 40 + "1\r\nx\r\n0\r\n\r\n",
    "empty-size": "\r\n\r\n",
    "no-size": ";a=b\r\nx\r\n0\r\n\r\n",
    "letters": "g\r\nx\r\n0\r\n\r\n",
    "nul": "0\x00\r\n\r\n",
    "comma": "1,0\r\nx\r\n0\r\n\r\n",
    "extension-nul": "0;a=\x00\r\n\r\n",
    "extension-bare-cr": "1;a\rb\r\nx\r\n0\r\n\r\n",
    "trailer-bare-lf": "0\r\nX: y\n\r\n",
    "trailer-folded": "0\r\nX: y\r\n z\r\n\r\n",
    "trailer-without-colon": "0\r\nGET /smuggled-@@ HTTP/1.1\r\nHost: a\r\n\r\n",
    "trailer-space-name": "0\r\nX : y\r\n\r\n",
}

STRANGE_LINES = {
    "two-spaces": "GET  /outer-@@ HTTP/1.1",
    "tab": "GET\t/outer-@@ HTTP/1.1",
    "space-at-end": "GET /outer-@@ HTTP/1.1 ",
    "version-0.9": "GET /outer-@@",
    "version-spaces": "GET /outer-@@ HTTP /1.1",
    "version-1.10": "GET /outer-@@ HTTP/1.10",
    "target-with-space": "GET /outer-@@ /smuggled-@@ HTTP/1.1",
    "target-with-nul": "GET /outer-@@\x00 HTTP/1.1",
    "target-with-tab": "GET /outer-@@\t/smuggled-@@ HTTP/1.1",
    "bare-cr": "GET /outer-@@ HTTP/1.1\rX: y",
    "method-lower-case": "get /outer-@@ HTTP/1.1",
    "method-with-nul": "GE\x00T /outer-@@ HTTP/1.1",
}


def all_forms():
    """name -> (bytes, "refused" or "kept")."""
    forms = {}
    for name, field in STRANGE_CODINGS.items():
        forms["coding-" + name] = chunked(field), "refused"
    for name, fields in STRANGE_LENGTHS.items():
        forms["length-" + name] = sized(fields), "refused"
    for name, body in STRANGE_CHUNKS.items():
        forms["chunk-" + name] = chunk(body), "refused"
    for name, line in STRANGE_LINES.items():
        forms["line-" + name] = lines(line + "\nHost: a\n\n"), "refused"
    forms.update({
        # the length fields that usher hears are CL.TE's, TE.CL's and TE.TE's
        "te-cl": (lines("POST /outer-@@ HTTP/1.1\nHost: a\nContent-Length: 4\n"
                        "Transfer-Encoding: chunked\n\n"
                        "2c\n") + lines(SMUGGLED) + b"\r\n0\r\n\r\n", "refused"),
        "te-http10": (lines("POST /outer-@@ HTTP/1.0\nHost: a\nTransfer-Encoding: chunked\n"
                            "Connection: keep-alive\n\n0\n\n" + SMUGGLED), "refused"),
        "bare-lf-head": (b"GET /outer-@@ HTTP/1.1\nHost: a\n\n", "refused"),
        "bare-lf-last": (b"GET /outer-@@ HTTP/1.1\r\nHost: a\r\n\n", "refused"),
        "bare-cr-last": (b"GET /outer-@@ HTTP/1.1\r\nHost: a\r\n\r\r", "refused"),
        "two-hosts": (lines("GET /outer-@@ HTTP/1.1\nHost: a\nHost: b\n\n"), "refused"),
        "host-folded": (lines("GET /outer-@@ HTTP/1.1\nHost: a\n b\n\n"), "refused"),
        "no-name": (lines("GET /outer-@@ HTTP/1.1\nHost: a\n: y\n\n"), "refused"),
        "no-colon": (lines("GET /outer-@@ HTTP/1.1\nHost: a\nGET /smuggled-@@ HTTP/1.1\n\n"),
                     "refused"),
        "expect-other": (lines("POST /outer-@@ HTTP/1.1\nHost: a\nExpect: 100-continue, x\n"
                               "Content-Length: 3\n\nabc"), "refused"),
        # legal, and of one meaning: the body is what the length says
        "get-with-body": (lines("GET /outer-@@ HTTP/1.1\nHost: a\nContent-Length: 44\n\n" +
                                "x" * 44), "kept"),
        "length-zeros": (lines("POST /outer-@@ HTTP/1.1\nHost: a\nContent-Length: 0003\n\nabc"),
                         "kept"),
        "length-underscores": (lines("POST /outer-@@ HTTP/1.1\nHost: a\nContent_Length: 44\n"
                                     "Content-Length: 3\n\nabc"), "kept"),
        "connection-length": (lines("POST /outer-@@ HTTP/1.1\nHost: a\n"
                                    "Connection: Content-Length, close\nContent-Length: 3\n\nabc"),
                              "kept"),
        "upgrade-h2c": (lines("GET /outer-@@ HTTP/1.1\nHost: a\nConnection: upgrade, close\n"
                              "Upgrade: h2c\n\n"), "kept"),
        "absolute-other-host": (lines("GET http://b/outer-@@ HTTP/1.1\nHost: a\n"
                                      "Connection: close\n\n"), "kept"),
        "coding-twice-in-name": (lines("POST /outer-@@ HTTP/1.1\nHost: a\n"
                                       "X-Transfer-Encoding: chunked\n"
                                       "Content-Length: 3\n\nabc"), "kept"),
        "chunk-extension": (lines("POST /outer-@@ HTTP/1.1\nHost: a\n"
                                  "Transfer-Encoding: chunked\n\n3;a=\"b\"\nabc\n0;c\n\n"), "kept"),
    })
    return forms
