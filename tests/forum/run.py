"""`python run.py PORT SNIPPET_FILE`: set the forum up with one topic, and serve it.

The snippet goes where the guide says: into the forum's base template, so every page has it. A
member posts the same lines into the topic, where the forum must not let them through.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(port: str, snippet_file: str) -> None:
    """Set up, print the topic's path, serve."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    sys.path.insert(0, str(HERE))
    snippet = Path(snippet_file).read_text(encoding="utf-8")
    import django
    from django.conf import settings

    template = Path(settings.STATE) / "templates" / "board_base.html"
    template.parent.mkdir(parents=True, exist_ok=True)
    template.write_text(
        '{% extends "board_base.html" %}\n{% block body %}{{ block.super }}\n'
        f"{{% verbatim %}}{snippet}{{% endverbatim %}}\n{{% endblock %}}\n"
    )
    settings.TEMPLATES[0]["DIRS"].insert(0, template.parent)
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    sys.stdout.write(f"{_topic(snippet)}\n")
    sys.stdout.flush()
    call_command("runserver", f"127.0.0.1:{port}", use_reloader=False, verbosity=0)


def _topic(post: str) -> str:
    from django.contrib.auth import get_user_model
    from machina.core.db.models import get_model
    from machina.core.loading import get_class

    forum_model, topic_model = get_model("forum", "Forum"), get_model("forum_conversation", "Topic")
    permission = get_model("forum_permission", "ForumPermission")
    granted = get_model("forum_permission", "UserForumPermission")
    member = get_user_model().objects.create(username="parent", email="parent@forum.example")
    forum = forum_model.objects.create(name="Support", type=forum_model.FORUM_POST)
    for code in ("can_see_forum", "can_read_forum"):
        granted.objects.create(
            permission=permission.objects.get(codename=code),
            forum=forum,
            anonymous_user=True,
            has_perm=True,
        )
    get_class("forum_permission.handler", "PermissionHandler")
    topic = topic_model.objects.create(
        forum=forum,
        poster=member,
        subject="Turned down, who can help?",
        type=topic_model.TOPIC_POST,
        status=topic_model.TOPIC_UNLOCKED,
        approved=True,
    )
    get_model("forum_conversation", "Post").objects.create(
        topic=topic, poster=member, subject=topic.subject, approved=True, content=f"Try:\n\n{post}"
    )
    return f"/forum/{forum.slug}-{forum.pk}/topic/{topic.slug}-{topic.pk}/"


if __name__ == "__main__":
    main(*sys.argv[1:])
