/** What the headers editor shows at first: a comment, so nothing is sent until it is filled in. */
export const DEFAULT_HEADERS = `{
  // 写入需要令牌 / Writing needs a token:
  //   lianzhu token new --role editor --data FOLDER
  // "Authorization": "Bearer TOKEN"
}`;
