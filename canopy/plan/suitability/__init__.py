"""How well each asset suits each technology, by rules that the council writes down.

`rules` says what is asked and `rules_file` reads it; `facts` are what is known of assets, as
columns: `gathering` takes them from the catalogue as one principal sees it, `network` measures
ways to fibre, `demand` what lies within reach. `scoring` holds the two against each other,
`explaining` tells each asset's score factor by factor, and `survey` what to find out first.
"""
