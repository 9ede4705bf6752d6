const WHEEL =
  'M12.84 6.76L14.54 7.14L14.54 8.86L12.84 9.24L12.30 10.55L13.23 12.02L12.02 13.23L10.55 12.30L9.24 12.84L8.86 14.54L7.14 14.54L6.76 12.84L5.45 12.30L3.98 13.23L2.77 12.02L3.70 10.55L3.16 9.24L1.46 8.86L1.46 7.14L3.16 6.76L3.70 5.45L2.77 3.98L3.98 2.77L5.45 3.70L6.76 3.16L7.14 1.46L8.86 1.46L9.24 3.16L10.55 3.70L12.02 2.77L13.23 3.98L12.30 5.45zM10.2 8a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0z';

/** The sign of settings. */
export function Gear() {
  return (
    <svg
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.2"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={WHEEL} />
    </svg>
  );
}
