import DefaultTheme from 'vitepress/theme';
// Importing it where the pages are rendered does no harm.
import 'packetwalk';

export default DefaultTheme;
