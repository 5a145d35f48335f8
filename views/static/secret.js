// A page that shows a token forgets it when it is left: browsers keep left pages in memory for "back", and whoever sits
// down at this computer next could bring it up again.

const forget = () => {
  for (const element of document.querySelectorAll('[data-secret]')) element.remove()
}

addEventListener('pagehide', forget)
addEventListener('pageshow', (event) => {
  // The site's name leads to the tokens of its user.
  if (event.persisted) location.replace(document.querySelector('.brand').href)
})
