"""DF201 where the working directory changes between the copy and the install."""

from __future__ import annotations

from ordering import assert_becomes

NET = {
    "Api/Api.csproj": '<Project><ItemGroup><PackageReference Include="X" /></ItemGroup></Project>',
    "Api/Program.cs": "",
    ".dockerignore": "**/obj\n",
}
RUBY = {"Gemfile": 'gem "rack"\n', "Gemfile.lock": "", "app.rb": ""}


def test_copies_name_the_folder_that_they_had() -> None:
    before = """
        FROM mcr.microsoft.com/dotnet/sdk:8.0
        WORKDIR /src
        COPY . .
        WORKDIR /src/Api
        RUN dotnet restore
        RUN dotnet publish -c Release -o /app
        """
    after = """
        FROM mcr.microsoft.com/dotnet/sdk:8.0
        WORKDIR /src
        WORKDIR /src/Api
        COPY Api/Api.csproj ./
        RUN dotnet restore
        COPY . /src/
        RUN dotnet publish -c Release -o /app
        """
    assert_becomes(before, after, NET)


def test_folder_that_the_copy_is_relative_to() -> None:
    before = """
        FROM ruby:3.3
        COPY . app
        WORKDIR app
        RUN bundle install
        """
    after = """
        FROM ruby:3.3
        WORKDIR app
        COPY Gemfile Gemfile.lock ./
        RUN bundle install
        COPY . /app
        """
    assert_becomes(before, after, RUBY)


def test_destination_stays_as_written_where_the_folder_is_the_same() -> None:
    before = """
        FROM ruby:3.3
        WORKDIR /app
        COPY . .
        RUN bundle install
        WORKDIR /app/bin
        """
    after = """
        FROM ruby:3.3
        WORKDIR /app
        COPY Gemfile Gemfile.lock ./
        RUN bundle install
        COPY . .
        WORKDIR /app/bin
        """
    assert_becomes(before, after, RUBY)


def test_list_of_files_is_parted() -> None:
    before = """
        FROM ruby:3.3
        WORKDIR /app
        COPY app.rb Gemfile Gemfile.lock src/
        WORKDIR src
        RUN bundle install
        """
    after = """
        FROM ruby:3.3
        WORKDIR /app
        WORKDIR src
        COPY Gemfile Gemfile.lock /app/src/
        RUN bundle install
        COPY app.rb /app/src/
        """
    assert_becomes(before, after, RUBY)
