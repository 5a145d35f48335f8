/** The text of a page, with the characters that Latin-1 does not have. */
export const read = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#(\d{3,});/g, (_, code) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, ' ')
    .replaceAll(' .', '.')
