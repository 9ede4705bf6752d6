/** Where the platform says that the extension is being removed; `onUninstallPath` in the manifest. */
export const ON_UNINSTALL_PATH = '/.extensions/on-uninstall';
