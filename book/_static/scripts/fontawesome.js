// Shadows the theme's file of this name, 1.5 MB of drawings for icons that its web font already supplies.
