"""What the help screen says about the Evaluate pane."""

HELP = """
**Is the tuned model better than the base, and how sure is that?**

Both models answer the same **held-out rows**, which training never saw, always with the likeliest token. Each answer
is scored by the recipe's metric (1 is right), and the two scores of a row are compared with each other.

- The **interval** (├──●──┤) holds the true difference in 95 of 100 such measurements. Where it touches the line at 0,
  the difference may be chance. It is a bootstrap over rows.
- **p** is how often chance alone would move at least as many rows one way: below 0.05 counts. It is an exact sign
  test; with right-or-wrong scores that is McNemar's.
- **Better** or **worse** is only said when both agree. More held-out rows make the interval shorter: 100 to 500 do.

**fixed** rows were wrong before and are right now; **broken** ones the reverse. Read the broken ones: they say what
was lost. In a list line the first mark is the base's, the second the tuned model's.

In an answer, what differs from what is expected is underlined in the side's colour, with ≠ beside its lines.

*token F1*, the share of words in common, moves long before an all-or-nothing metric does. *JSON valid*: the answer
is an object with every expected field.

An evaluation is a job of its own, like a run: it goes on when the studio is closed.
"""
