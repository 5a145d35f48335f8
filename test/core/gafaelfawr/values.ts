/** Made once by Python's `cryptography`, whose text is the JSON of {@link ADA}. */
export const SESSION_SECRET = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='

export const VALUE =
  'gAAAAABrCJYTSvZ_61JDSWNy_b5Goq0oALzhTeCrdtY-Js3LPSFJCcbg_zQiMyPNj3BUZJtllvmGsGNTZtcwx1clEMI7M1Bdrcpu' +
  'OTnw6A1sFdEAprjl4vVUQnGGdTqfRJYB7lCiRbdm8l23T-5wrR_vZMINP-Q3QC2sOsX__fq8oK_XeLyAAfhKGhQ7hMpo7isdn1XU' +
  'AHvAlDoTKDN9yC_nB73KRv4Y_wFUb4KxaqwEVpXemuiMJ0dE951Lb4FJZfmx44kXf1zirg0PegUkj9EWWKSGmSnQROG1-HOWKD6q' +
  'YJVomYiPJ3jXuhLS71MQ0FNOPhC1l_S-8ajrJXIzy5W2Go5rPpGaKfSgHpLKM-UGy8WByR0eqbGLWisztllRzGZacuCTMvIjx-7m' +
  'L-VaPOBdXrbUr5JC6ph9LYx50EGF1eUHbyWGtV5RcNLGV2JVEQticuIDXQ6k0wBqHrEbhGn84v1FPJD-4h6DPHd0dtFNQw4lc_6q' +
  'KgtG1fZJ2s0IwzSW6pbm_pbzkozTtXHAOFQt8vYl1d5P5w=='

/** The same, signed with the signing key of {@link SESSION_SECRET} and encrypted with another key. */
export const OTHERWISE_ENCRYPTED =
  'gAAAAABrCJYTdkc1W1K11VzqkMI6vUxtSC6YqEOhKMIQU5UxVyUIkfdbuI4Gb-18qM9e_O3rcNxuPS9RarsAxg6IRk-qFU6J57uu' +
  'BrSn_gsI-BI3s0C-jFrCBa9lJtGOT8FnDIVvSZ9Js3Jr162hHp1Eg1ygL3AWqfwqJuyyKdHhO52fy7i_jH2u2dCVqisvdpHMF6AT' +
  'FkTnwQzt2rQmZt1r8VdYLnUOnlfFl70LQiytnP_FTXQmIA-aXZ4TMmwy1qzhg2XTlR2gGOlyWQkl8Qe_4s4Dcrv58Tnh-bLPygK-' +
  'SBuwgJ-x_oH4R4AmBwY1ZNFD_OWU_CbP70EtHwDVbxw0ei5NgBkCdhdTxcmRrvPXV5kvwTfSmRCFOdMjEZtBb0nqTXBq1d57rw51' +
  'l-Z53iT0kelSVQ017r1q6NGZ_nw1hHX_ob3rJ8Mf_7rYSXXEP583UeyCXv5O4tW9sHK7kngD5Xke591qcEeWA1gi3h2syjYOqZg5' +
  'Ai6PmyVAPMJFhCfO57eUdS7F1vHKEvZYIFIiNhnZgq8MBA=='

/** A token with every field, in Gafaelfawr's order. */
export const ADA = {
  username: 'ada',
  token_type: 'user',
  service: null,
  scopes: ['user:token', 'read:tap'],
  created: 1780000000,
  expires: null,
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  uid: 1000,
  gid: 2000,
  groups: [{ name: 'users', id: 2001 }],
  token: { key: 'AAECAwQFBgcICQoLDA0ODw', secret: 'EBESExQVFhcYGRobHB0eHw' },
}
