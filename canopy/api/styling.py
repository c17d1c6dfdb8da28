"""How the pages without script look, and what they may load: nothing."""

from __future__ import annotations

PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = """
body{font:17px/1.6 system-ui,sans-serif;margin:0;color:#111;background:#fff}
main{max-width:46rem;margin:2rem auto;padding:0 1rem}a{color:#0b4f8a}
a:focus-visible{outline:3px solid #b35900;outline-offset:2px}
table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #767676;padding:.3rem .8rem;
text-align:left}td.n{text-align:right}caption{text-align:left;font-weight:bold}
.plan img{max-width:100%;height:auto}
.go{display:inline-block;background:#0b4f8a;color:#fff;padding:.6rem 1.2rem;text-decoration:none}
"""
