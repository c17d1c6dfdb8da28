"""The provisions that changes of contracts are tested by, and how far each was read.

Read in the text on legislation.gov.uk: Procurement Act 2023 section 74
(https://www.legislation.gov.uk/ukpga/2023/54/section/74/enacted), section 75(1) to (6)
(https://www.legislation.gov.uk/ukpga/2023/54/section/75) and Schedule 8 paragraphs 1 to 4
(https://www.legislation.gov.uk/ukpga/2023/54/schedule/8).

Read in the text as a copy of legislation.gov.uk holds it, legalize-dev/legalize-uk on GitHub: the
whole of Schedule 8 (uk/ukpga-2023-54.md), the whole of regulation 72 of the Public Contracts
Regulations 2015 (uk/uksi-2015-102.md), and of regulation 43 of the Concession Contracts
Regulations 2016 sub-paragraph (1)(d) and all after it, with the end of (1)(c)
(uk/uksi-2016-273.md). In short:

- Schedule 8, 5: a known risk came about without fault of council or supplier, the contract cannot
  be performed satisfactorily for it, the change goes no further than to remedy that, a new
  contract would not be in the public interest, and it adds no more than half of the estimated
  value, the risk left out of the estimate. 6: a known risk is one that the council saw as a
  danger, that could not be dealt with in the contract, and that the tender or transparency notice
  named as such. 7: in judging the public interest the council must ask whether a new contract
  would be better value, and may look at technique and operation. 8: more of goods, services or
  works, where another supplier's would differ or not fit, which would bring disproportionate
  difficulties and substantial double cost; up to half.
- Regulation 72(2): of several changes half is the limit of each, and they must not be aimed at
  getting round the rules. (5): a small change is below the threshold and below 10 % (works 15 %)
  of the initial value, and leaves the overall nature. (6): several are counted by their net sum.
  (7): where the contract has an indexation clause, the updated figure is what parts are taken of.
  Regulation 43(2), (5), (6) and (7) say the same of concessions, with 10 % for all; without such
  a clause inflation is counted.

What the council recorded as the initial value is taken as it stands: neither (7) is applied.

Not read: regulation 43(1)(b) and the beginning of (c). The grounds there are cited by the whole
regulation.

In aggregate or by itself: under the regulations of 2015 small changes are counted together
against 10 or 15 % of the initial value. Under the Act 10 or 15 % is the limit of each by itself,
section 74(4)(a), and together they only stay below the threshold, (b).
"""

from __future__ import annotations

from typing import Literal

Regime = Literal["pcr-2015", "pa-2023"]
"""The first stands for the regulations of 2016 on concessions too."""
Subject = Literal["goods-services", "works", "concession"]
Ground = Literal[
    "minor", "not-substantial", "provided-for", "additional-needs", "unforeseen", "known-risk",
    "takeover",
]  # fmt: skip

_PCR: dict[Ground, str] = {
    "minor": "PCR 2015 reg. 72(1)(f), (5), (6)",
    "not-substantial": "PCR 2015 reg. 72(1)(e), (8)",
    "provided-for": "PCR 2015 reg. 72(1)(a)",
    "additional-needs": "PCR 2015 reg. 72(1)(b)",
    "unforeseen": "PCR 2015 reg. 72(1)(c)",
    "takeover": "PCR 2015 reg. 72(1)(d)",
}
_PA: dict[Ground, str] = {
    "minor": "PA 2023 s. 74(4)",
    "not-substantial": "PA 2023 s. 74(3)",
    "provided-for": "PA 2023 Sch. 8 para. 1",
    "unforeseen": "PA 2023 Sch. 8 para. 4",
    "known-risk": "PA 2023 Sch. 8 paras. 5 to 7",
    "additional-needs": "PA 2023 Sch. 8 para. 8",
    "takeover": "PA 2023 Sch. 8 para. 9",
}


def text_of(ground: Ground, regime: Regime, subject: Subject) -> str:
    """The provision of a ground."""
    if regime == "pa-2023":
        return _PA[ground]
    return "CCR 2016 reg. 43" if subject == "concession" else _PCR[ground]
