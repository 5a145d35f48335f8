/** What each scope tells a client, to the user who is asked. */
export const LEARNS: Readonly<Record<string, string>> = {
  openid: 'your user name here',
  profile: 'your name',
  email: 'your e-mail address',
  groups: 'the groups that you are in',
  rubin: 'the data releases that you may see',
}
