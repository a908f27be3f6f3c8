(() => {
  const language = document.documentElement.lang;
  const whole = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" });
  const day = { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" };
  const asSent = new Map();
  const STICKY = 48; // pixels of the network bar on a phone

  function local(node) {
    node.querySelectorAll("time").forEach((time) => {
      const at = new Date(time.dateTime);
      const year = at.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
      time.textContent = at.toLocaleString(language, { ...day, ...year });
      time.title = whole.format(at);
    });
  }

  function remember(feed) {
    for (const child of feed.children) asSent.set(child.id, child.outerHTML);
  }

  function steady(feed, change) {
    const own = feed.scrollHeight > feed.clientHeight + 1;
    const scroller = own ? feed : document.scrollingElement;
    const edge = own ? feed.getBoundingClientRect().top : STICKY;
    const posts = own ? [...feed.children] : [...document.querySelectorAll("article")];
    const seen = scroller.scrollTop > 0 && posts.find((post) => post.getBoundingClientRect().bottom > edge);
    const before = seen && seen.getBoundingClientRect().top;
    change();
    if (seen && seen.isConnected) scroller.scrollTop += seen.getBoundingClientRect().top - before;
  }

  function merge(feed, fresh) {
    const wanted = [...fresh.children];
    const ids = new Set(wanted.map((child) => child.id));
    [...feed.children].filter((child) => !ids.has(child.id)).forEach((child) => child.remove());
    wanted.forEach((child, place) => {
      const html = child.outerHTML;
      let here = document.getElementById(child.id);
      if (!here || asSent.get(child.id) !== html) {
        const added = document.importNode(child, true);
        local(added);
        if (here) here.replaceWith(added);
        here = added;
        asSent.set(child.id, html);
      }
      if (feed.children[place] !== here) feed.insertBefore(here, feed.children[place] || null);
    });
  }

  function columns(page) {
    return [...page.querySelectorAll(".column")];
  }

  async function refresh() {
    if (document.hidden) return;
    const answer = await fetch(location.pathname + location.search);
    if (!answer.ok) return;
    const html = await answer.text();
    const page = new DOMParser().parseFromString(html.slice(html.indexOf("<main>")), "text/html");
    const fresh = columns(page);
    const here = columns(document);
    if (fresh.map((c) => c.id).join() !== here.map((c) => c.id).join()) return location.reload();
    fresh.forEach((column, place) => {
      here[place].querySelector(".count").textContent = column.querySelector(".count").textContent;
      const feed = here[place].querySelector(".feed");
      steady(feed, () => merge(feed, column.querySelector(".feed")));
    });
  }

  document.querySelectorAll(".feed").forEach(remember);
  local(document);
  setInterval(() => refresh().catch(() => {}), 3000);
})();
