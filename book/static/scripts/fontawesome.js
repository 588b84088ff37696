// In the place of the theme's own file: 1.5 MB of icons as scripts, which its web font draws as well.
