"""The web: pages, forms, live updates and the API.

What every page author needs stands in three modules: `look` (templates, themes, headers),
`i18n` (bokmål source strings, nynorsk and English catalogues) and `dates` (locale-right times and numbers).
"""
