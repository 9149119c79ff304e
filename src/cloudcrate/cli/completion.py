"""``cloudcrate completion``: the script that lets a shell complete commands and options."""

import sys

import click

from cloudcrate.cli.opening import say

NAME = "cloudcrate"
VARIABLE = "_CLOUDCRATE_COMPLETE"
"""What click looks for: the script sets it when it asks what a word may become."""

INSTALL = {
    "bash": "cloudcrate completion bash > ~/.local/share/bash-completion/completions/cloudcrate",
    "zsh": "cloudcrate completion zsh > ~/.zfunc/_cloudcrate",
    "fish": "cloudcrate completion fish > ~/.config/fish/completions/cloudcrate.fish",
}
"""Where each shell finds it by itself."""

ELSE = {
    "bash": 'Without the package bash-completion, in ~/.bashrc: eval "$(cloudcrate completion bash)"',
    "zsh": "In ~/.zshrc, before compinit: fpath+=(~/.zfunc)",
    "fish": "The next shell has it.",
}

EXAMPLES = f"""
\b
Examples, each into where its shell looks:
  {INSTALL["bash"]}
  {INSTALL["zsh"]}
  {INSTALL["fish"]}

\b
Or for the shell that is open:
  eval "$(cloudcrate completion bash)"
"""


@click.command(epilog=EXAMPLES)
@click.argument("shell", type=click.Choice(tuple(INSTALL)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that lets a shell complete commands and options. Writes nothing.

    It completes for the command by the name of cloudcrate, wherever that is installed.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:  # a click that knows fewer shells
        raise click.UsageError(f"This click knows no completion for {shell}.")
    made = kind(context.find_root().command, {}, NAME, VARIABLE)
    click.echo(made.source_template % made.source_vars())  # its `source` would run the shell to ask for its version
    if sys.stdout.isatty():
        say(f"To install it: {INSTALL[shell]}\n{ELSE[shell]}")
