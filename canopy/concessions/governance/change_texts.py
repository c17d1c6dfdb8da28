"""The provisions that changes of contracts are tested by, and how far each was read.

Read in the text on legislation.gov.uk: Procurement Act 2023 section 74
(https://www.legislation.gov.uk/ukpga/2023/54/section/74/enacted), section 75(1) to (6)
(https://www.legislation.gov.uk/ukpga/2023/54/section/75) and Schedule 8 paragraphs 1 to 4
(https://www.legislation.gov.uk/ukpga/2023/54/schedule/8); of paragraph 9 its subject, which
section 75(2) names; Concession Contracts Regulations 2016 regulation 43(1)(a)
(https://www.legislation.gov.uk/uksi/2016/273/regulation/43).

Confirmed by the government's own accounts, not read in the text: Schedule 8 paragraphs 5 and 6, the
known risk and its limit of half (Cabinet Office, Permitted Contract Modifications and the
Materialisation of a Known Risk, https://www.gov.uk/government/publications/procurement-act-2023-short-guides);
Public Contracts Regulations 2015 regulation 72(1)(a) to (f), notices for (b) and (c), and that the
small changes of (f) are counted cumulatively (Procurement Pathway, Reg. 72,
https://www.procurementpathway.civilservice.gov.uk/documents/pcr2015/modification-of-contracts-during-their-term/contract-modifications).

Not confirmed: the numbers of paragraphs 7 and 8 of Schedule 8; that regulation 72(5) and (6) are
the paragraphs of small changes and of their sum; regulation 72(2) on half of each change, which is
by a firm's account of it (Mills & Reeve); every paragraph of regulation 43 but (1)(a). The texts
are cited so, and are to be looked up before a decision rests on a paragraph's number.

In aggregate or by itself: under the regulations of 2015 small changes are counted together against
10 or 15 % of the initial value. Under the Act 10 or 15 % is the limit of each by itself, section
74(4)(a), and together they only stay below the threshold, (b).
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
