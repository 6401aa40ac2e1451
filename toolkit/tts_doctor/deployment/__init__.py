"""Pure decisions about deployments: which playbook fits, what each remedy would change, how that is written down."""
