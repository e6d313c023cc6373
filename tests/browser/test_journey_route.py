"""Fredy goes from door to door with a phone that loses its connection: what he saved is there, once."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from app.core.settings import settings_on
from app.models import ContactPoint, Debtor, Referral, StoredFile, User, Visit
from app.referrals.assigning import assign_referrals
from app.referrals.deciding import decide_referrals
from app.referrals.service import NewReferral, propose_referral
from tests.browser.conftest import SignIn
from tests.browser.house import House
from tests.browser.watch import Watch
from tests.conftest import NOW, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

_NAMES = ("ALAVA CRUZ BYRON", "BRAVO LUCAS INÉS", "CEDEÑO PICO MARTHA")
_PHONE = {"width": 390, "height": 844}


@pytest.fixture
def cases(house: House) -> list[Referral]:
    """Three cases of Fredy's for today, in the order of their streets."""
    return _give(house, "fredy", *_NAMES)


def _give(house: House, worker: str, *names: str) -> list[Referral]:
    accounts = house.queue(*((name, "80.50") for name in names), portfolio=worker)
    eva, user_id = house.agent("eva"), house.agent(worker).user_id
    with house.session() as session:
        settings = settings_on(session, NOW.date())
        for number, account in enumerate(accounts, 1):
            session.merge(account).address = f"Calle {number} y Olmedo"
        wanted = NewReferral("hard", None, "debe 80.50")
        made = [
            propose_referral(session, eva, NOW, settings, account.debtor_id, wanted)
            for account in accounts
        ]
        ids = [case.id for case in made]
        decide_referrals(session, eva, NOW, settings, ids, True, "")
        given = assign_referrals(session, eva, NOW, settings, ids, user_id, NOW.date())
        assert len(given.done) == len(names), [str(left.why) for left in given.skipped]
    return made


@pytest.fixture
def fredy(sign_in: SignIn, cases: list[Referral]) -> Page:
    """Fredy's phone with his route on it, ready to lose the connection."""
    page = sign_in("fredy")
    page.set_viewport_size(_PHONE)
    page.goto("/route/")
    _wait_until_kept(page)
    return page


def _wait_until_kept(page: Page) -> None:
    """The page and all of its parts are on the phone."""
    expect(page.locator("[data-stop]").first).to_be_visible()
    expect(_chip(page)).to_have_text("todo enviado")
    for _turn in range(100):
        if page.evaluate(_IS_KEPT):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the phone did not keep the page")


_IS_KEPT = """async () => {
  const { active } = await navigator.serviceWorker.ready;
  const kept = (await (await caches.open("telecobro-route")).keys()).map(({ url }) => url);
  const parts = [...document.querySelectorAll("link[href], script[src]")];
  // Whether it took this page over too is no matter: the next time it opens, it does.
  return active.state === "activated"
    && kept.includes(new URL("/route/", location).href)
    && parts.every((each) => kept.includes(each.href || each.src));
}"""


def _stop(page: Page, name: str) -> Locator:
    return page.locator("[data-stop]", has_text=name)


def _type_visit(page: Page, name: str, result: str, phone: str = "") -> None:
    """Three taps: what was found, the number when there is one, save."""
    stop = _stop(page, name)
    form = stop.locator("form")
    for _try in range(10):
        if form.is_visible():
            break
        stop.get_by_role("button").first.click()
        # The page is drawn anew when an answer comes, and a tap on what is gone is lost.
        page.wait_for_timeout(300)
    stop.get_by_text(result, exact=True).click()
    if phone:
        stop.get_by_label("Teléfono nuevo").fill(phone)
    stop.get_by_role("button", name="Guardar visita").click()
    expect(page.locator("[data-waiting], [data-done]").filter(has_text=name).first).to_be_visible()


def _chip(page: Page) -> Locator:
    return page.locator("[data-chip]")


def _visits(house: House) -> list[tuple[str, str]]:
    """Whose and what, in the order of their names."""
    with house.session() as session:
        rows = session.execute(
            sa.select(Debtor.name, Visit.result)
            .join(Debtor, Debtor.id == Visit.debtor_id)
            .order_by(Debtor.name, Visit.id)
        )
        return [(name, result) for name, result in rows]


_THREE = list(zip(_NAMES, ("holder", "nobody", "third_party"), strict=True))


def test_three_visits_without_a_connection_and_two_reloads_are_three_visits_once(
    house: House, fredy: Page
) -> None:
    context = fredy.context
    context.set_offline(True)
    expect(_chip(fredy)).to_have_text("sin conexión")
    _type_visit(fredy, _NAMES[0], "Titular")
    fredy.reload()
    _type_visit(fredy, _NAMES[1], "Nadie")
    fredy.reload()
    _type_visit(fredy, _NAMES[2], "Otra persona", "0991112223")
    expect(_chip(fredy)).to_have_text("sin conexión · 3 por enviar")
    assert _visits(house) == []

    context.set_offline(False)
    expect(_chip(fredy)).to_have_text("todo enviado")
    assert _visits(house) == _THREE
    fredy.reload()
    expect(fredy.locator("[data-done]").filter(has_text="hecha")).to_have_count(1 + 3)
    expect(fredy.locator("[data-stop]")).to_have_count(0)
    assert _visits(house) == _THREE
    points = house.all(sa.select(ContactPoint.value).where(ContactPoint.origin == "GESTION"))
    assert points == ["+593991112223"]


def test_a_connection_that_drops_while_they_are_sent_makes_none_twice(
    house: House, fredy: Page
) -> None:
    fredy.context.set_offline(True)
    for (name, _code), words in zip(_THREE, ("Titular", "Nadie", "Otra persona"), strict=True):
        _type_visit(fredy, name, words)
    sent: list[str] = []

    def lose_the_answer(route: Route) -> None:
        """The second one reaches the server, and its answer nobody."""
        sent.append(route.request.url)
        if len(sent) == 2:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    fredy.context.route("**/route/visits", lose_the_answer)
    fredy.context.set_offline(False)
    # One was answered for, and one of the two that still wait is there as well.
    for _tenth in range(100):
        if len(sent) > 1 and len(_visits(house)) == 2:
            break
        fredy.wait_for_timeout(100)
    assert len(_visits(house)) == 2
    expect(_chip(fredy)).to_have_text("sin conexión · 2 por enviar")
    fredy.reload()
    expect(_chip(fredy)).to_have_text("todo enviado")
    assert _visits(house) == _THREE
    assert len(sent) == 4


def test_a_session_that_ends_meanwhile_keeps_the_visits_for_the_same_person(
    house: House, fredy: Page, colleague: str
) -> None:
    context = fredy.context
    context.set_offline(True)
    _type_visit(fredy, _NAMES[0], "Titular")
    context.clear_cookies()
    context.set_offline(False)
    expect(_chip(fredy)).to_have_text("ingrese de nuevo · 1 por enviar")

    # Somebody else signs in on this phone: nothing of Fredy's is shown or sent.
    _enter(fredy, colleague)
    expect(_chip(fredy)).to_have_text("todo enviado")
    assert not any(name in fredy.content() for name in _NAMES)
    fredy.reload()
    expect(_chip(fredy)).to_have_text("todo enviado")
    assert _visits(house) == []
    _leave(fredy)

    _enter(fredy, "fredy")
    expect(_chip(fredy)).to_have_text("todo enviado")
    assert _visits(house) == [(_NAMES[0], "holder")]


@pytest.fixture
def colleague(house: House) -> Iterator[str]:
    """Rosa goes out too, for this test."""
    grant = sa.text(
        "INSERT INTO ab_user_role (user_id, role_id) SELECT u.id, r.id FROM ab_user u, ab_role r"
        " WHERE u.username = 'rosa' AND r.name = 'campo'"
    )
    with house.session() as session:
        session.execute(grant)
    _give(house, "rosa", "ZAMBRANO LOOR LUZ")
    yield "rosa"
    with house.session() as session:
        rosa = sa.select(User).where(User.username == "rosa")
        user = session.scalars(rosa).one()
        user.roles = [role for role in user.roles if role.name != "campo"]


def _enter(page: Page, username: str) -> None:
    page.goto("/login/?next=/route/")
    page.get_by_label("Usuario").fill(username)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#route").wait_for()


def _leave(page: Page) -> None:
    page.get_by_text("Menú").click()
    page.locator(".topbar").get_by_role("button", name="Salir").click()
    page.get_by_label("Usuario").wait_for()


def test_signing_out_warns_of_what_is_unsent_and_leaves_nobodys_data(
    house: House, fredy: Page, watch: Watch
) -> None:
    fredy.context.route("**/route/visits", lambda route: route.abort())
    _type_visit(fredy, _NAMES[0], "Nadie")
    expect(_chip(fredy)).to_contain_text("1 por enviar")
    fredy.get_by_text("Menú").click()
    fredy.locator(".topbar").get_by_role("button", name="Salir").click()
    expect(fredy.locator("#confirm")).to_contain_text("Hay 1 visitas sin enviar")
    fredy.get_by_role("button", name="Sí, continuar").click()
    fredy.get_by_label("Usuario").wait_for()
    kept = fredy.evaluate(
        """async () => {
          const open = indexedDB.open("telecobro-route");
          await new Promise((resolve) => { open.onsuccess = resolve; });
          const all = (name) => new Promise((resolve) => {
            const asked = open.result.transaction(name).objectStore(name).getAll();
            asked.onsuccess = () => resolve(asked.result.length);
          });
          return [await all("days"), await all("visits"), await caches.keys(),
            Object.keys(sessionStorage).filter((key) => key.startsWith("kept:"))];
        }"""
    )
    assert kept == [0, 1, [], []]
    fredy.context.unroute_all()
    _enter(fredy, "fredy")
    expect(_chip(fredy)).to_have_text("todo enviado")
    assert _visits(house) == [(_NAMES[0], "nobody")]


def test_a_wrong_number_is_told_before_it_is_kept_and_what_is_typed_outlives_a_reload(
    house: House, fredy: Page
) -> None:
    fredy.context.set_offline(True)
    stop = _stop(fredy, _NAMES[0])
    stop.get_by_text("Nadie", exact=True).click()
    stop.get_by_label("Teléfono nuevo").fill("0999999999")
    stop.get_by_role("button", name="Guardar visita").click()
    expect(stop.get_by_role("alert").filter(has_text="número inventado")).to_be_visible()
    fredy.reload()
    expect(stop.get_by_label("Teléfono nuevo")).to_have_value("0999999999")
    expect(stop.get_by_label("Nadie")).to_be_checked()
    stop.get_by_label("Teléfono nuevo").fill("")
    stop.get_by_role("button", name="Guardar visita").click()
    expect(_chip(fredy)).to_have_text("sin conexión · 1 por enviar")


def test_what_the_server_refuses_stays_with_its_sentence_and_is_mended(
    house: House, fredy: Page, cases: list[Referral], watch: Watch
) -> None:
    fredy.context.set_offline(True)
    _type_visit(fredy, _NAMES[0], "Nadie")
    # It was saved long ago, as far as the phone can tell.
    fredy.evaluate(
        """async () => {
          const open = indexedDB.open("telecobro-route");
          await new Promise((resolve) => { open.onsuccess = resolve; });
          const store = open.result.transaction("visits", "readwrite").objectStore("visits");
          const [visit] = await new Promise((resolve) => {
            const asked = store.getAll();
            asked.onsuccess = () => resolve(asked.result);
          });
          await new Promise((resolve) => {
            store.put({ ...visit, saved: visit.saved - 30 * 86400000 }).onsuccess = resolve;
          });
        }"""
    )
    fredy.context.set_offline(False)
    expect(_chip(fredy)).to_have_text("no aceptadas: 1")
    refused = fredy.locator("article", has_text="ya no se recibe")
    expect(refused).to_contain_text(_NAMES[0])
    fredy.reload()
    expect(refused.get_by_role("button", name="Arreglar")).to_be_visible()
    refused.get_by_role("button", name="Descartar").click()
    fredy.get_by_role("button", name="Sí, continuar").click()
    expect(_chip(fredy)).to_have_text("todo enviado")
    expect(_stop(fredy, _NAMES[0])).to_be_visible()
    assert _visits(house) == []
    assert watch.faults == [f"409: {house.address}/route/visits"]
    watch.faults.clear()


def test_a_photo_is_reduced_on_the_phone_and_a_visit_is_corrected(
    house: House, fredy: Page, watch: Watch
) -> None:
    content = io.BytesIO()
    Image.new("RGB", (2400, 1800), "teal").save(content, "JPEG", exif=_exif())
    stop = _stop(fredy, _NAMES[0])
    stop.get_by_text("Nadie", exact=True).click()
    stop.locator("input[type=file]").set_input_files(
        {"name": "casa.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}
    )
    expect(stop.get_by_text("Foto lista")).to_be_visible()
    stop.get_by_role("button", name="Guardar visita").click()
    done = fredy.locator("article[data-done]", has_text=_NAMES[0])
    expect(done).to_contain_text("hecha")
    (stored,) = house.all(sa.select(StoredFile).join(Visit, Visit.photo_id == StoredFile.id))
    assert stored.media_type == "image/jpeg"
    with fredy.expect_popup() as opened:
        done.get_by_role("link", name="Ver la foto").click()
    assert opened.value.evaluate("document.images[0].naturalWidth") == 1600
    opened.value.close()
    # The browser's own page around a picture has styles, which a kept file may not bring.
    watch.faults = [fault for fault in watch.faults if "/route/photo/" not in fault]

    done.get_by_role("button", name="Corregir").click()
    _type_visit(fredy, _NAMES[0], "No vive aquí")
    expect(done).to_contain_text("No vive aquí")
    assert _visits(house) == [(_NAMES[0], "nobody"), (_NAMES[0], "moved")]
    assert fredy.evaluate("document.documentElement.scrollWidth") <= _PHONE["width"]


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    return exif
