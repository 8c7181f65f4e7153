"""What the help screen says about the Chat pane."""

HELP = """
**How does it feel?** One prompt goes to the base model and to the tuned one, and both answer side by side.

A chat is for feel only: a few prompts mislead easily. Whether tuned is *better* is Evaluate's question.

- **Each prompt stands alone**: nothing of what was said before is sent along. The system prompt, if any, is the
  recipe's `chat.system`, else the one that all training rows begin with; it is shown on top.
- **Speed** is what each side takes by itself: the two take turns on one model in memory, the adapter switched on and
  off, and the other's turns are not counted. *first* is the time to the first token, reading the prompt included.
- **greedy** always takes the likeliest token: the same prompt gives the same answers, and that is how Evaluate asks.
  **sampled** draws from the likely ones, as many services do; another draw at each prompt.
- Ready prompts are the recipe's `chat.prompts`. A **held-out row** brings what is expected of it along.

The first prompt loads both models, in a process of its own, which takes memory: it may be in the way of a run on the
same GPU. It ends with the studio, by key, or after 30 minutes without a prompt.

In the field, **enter** asks, **ctrl+j** begins a new line, **↑** brings earlier prompts back, **page up** and **page
down** scroll the answers. **esc** cuts answers short while they come; else it leaves the field, so that the studio's
keys work, and **i** goes back to it.
"""
