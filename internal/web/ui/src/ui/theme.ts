import { createTheme, type MantineColorsTuple } from "@mantine/core";

const accent: MantineColorsTuple = [
  "#eef2ff", "#dfe6fd", "#bccaf8", "#98aef4", "#7a95f0", "#6685ed", "#4c6fe0", "#3b5bdb", "#324fc0", "#2843a6",
];

const below = ["label", "input", "description", "error"];

/** Sizes of a tool that is looked at all day: 13 pixels, small paddings, thin lines. */
export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 6 },
  colors: { accent },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Liberation Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace",
  fontSizes: { xs: "11.5px", sm: "13px", md: "13px", lg: "15px", xl: "18px" },
  spacing: { xs: "6px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  defaultRadius: 5,
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "xs" } },
    // What explains a field stands below it, so that fields side by side are in one line.
    TextInput: { defaultProps: { size: "xs", inputWrapperOrder: below } },
    PasswordInput: { defaultProps: { size: "xs", inputWrapperOrder: below } },
    Textarea: { defaultProps: { size: "xs", inputWrapperOrder: below } },
    Autocomplete: { defaultProps: { inputWrapperOrder: below } },
    NumberInput: { defaultProps: { inputWrapperOrder: below } },
    Select: { defaultProps: { size: "xs", inputWrapperOrder: below, comboboxProps: { shadow: "md" }, withCheckIcon: false, allowDeselect: false } },
    Checkbox: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "xs", withThumbIndicator: false } },
    SegmentedControl: { defaultProps: { size: "xs" } },
    Tooltip: { defaultProps: { openDelay: 450, withArrow: false, transitionProps: { duration: 80 }, fz: 12 } },
    Menu: { defaultProps: { shadow: "md", transitionProps: { duration: 60 }, position: "bottom-start" } },
    Modal: { defaultProps: { lockScroll: false, transitionProps: { duration: 100 }, overlayProps: { backgroundOpacity: 0.22 }, closeButtonProps: { "aria-label": "Close" }, yOffset: "10dvh" } },
  },
});

/** The nonce under which the server's content policy lets styles in. */
export function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}
