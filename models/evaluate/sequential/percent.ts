export function percent(share: number, plus = ''): string {
  return `${share > 0 ? plus : ''}${(share * 100).toFixed(1)} %`;
}
