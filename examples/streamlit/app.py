import pandas as pd
import streamlit as st

st.set_page_config(page_title="Sales")


@st.cache_data
def load() -> pd.DataFrame:
    return pd.DataFrame({"month": ["Jan", "Feb", "Mar"], "sales": [12, 18, 9]})


st.title("Sales")
st.bar_chart(load(), x="month", y="sales")
