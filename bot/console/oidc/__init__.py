"""Single sign-on by OpenID Connect, beside passwords."""
